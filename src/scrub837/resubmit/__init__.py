"""Claims that came back, made anew to be sent: chosen, numbered, corrected, proved, written.

responses.work -> choose -> number -> assemble -> compared with what was sent -> correct, divide (fixes) ->
named
"""
