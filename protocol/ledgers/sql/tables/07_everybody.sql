-- asked: the people whom a ledger asks for: everybody who is counted.
CREATE TEMP TABLE asked AS
SELECT r.unit AS unit, r.doc AS doc FROM responsible r;
