class _flagdata:
    def __call__(self, vis="", mode="manual", inpfile=()):
        from casatasks import casalog

        for number, command in enumerate(inpfile):
            if "ZZ99" in command:
                text = 'Cannot create agent Manual_%d: Antenna Expression: No match found for token(s) "ZZ99"'
                casalog.post(text % number, "WARN", "AgentFlagger::initAgents")
        return {}


flagdata = _flagdata()
