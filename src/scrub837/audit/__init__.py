"""How claims fared over months: clean, accepted, paid, denied and for what, and whether our rules foresaw it.

A ledger, or JSON reports and responses, are read claim by claim (from_ledger, from_json) and only counted
(tallies): what is kept are sums by month, payer, provider, code and rule, and nothing of any patient.
"""
