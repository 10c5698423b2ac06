"""Corrections: which may be written, the bytes they change, the proof, and the way back.

report - compose -> splices -> temporary file - scan anew, prove -> target, its journal beside it
"""
