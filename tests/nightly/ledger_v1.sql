-- A ledger as the first version of its tables was: two files, the key is "ab" 32 times.
BEGIN TRANSACTION;
CREATE TABLE claims (
        id INTEGER PRIMARY KEY, file_id BIGINT NOT NULL REFERENCES files(id) ON DELETE CASCADE, position INTEGER NOT NULL,
        reference TEXT NOT NULL, patient BIGINT NOT NULL, content BIGINT NOT NULL, frequency TEXT NOT NULL,
        charge BIGINT NOT NULL, payer TEXT NOT NULL, profile TEXT NOT NULL, verdict TEXT NOT NULL,
        state TEXT NOT NULL);
INSERT INTO "claims" VALUES(1,1,1,'A',-1574975572713098947,-395929029687336337,'1',500000,'EXMAC','medicare','clean','published');
INSERT INTO "claims" VALUES(2,1,2,'B',945638663836146423,9057966595448555291,'1',1000000,'EXMAC','medicare','clean','published');
INSERT INTO "claims" VALUES(3,2,1,'C',-7875504434900891075,-4030937096177622345,'1',500000,'EXMAC','medicare','clean','seen');
CREATE TABLE envelopes (
        file_id BIGINT NOT NULL REFERENCES files(id) ON DELETE CASCADE, interchange TEXT NOT NULL,
        group_number TEXT, sender TEXT NOT NULL, receiver TEXT NOT NULL);
INSERT INTO "envelopes" VALUES(1,'000000001','1','EXAMPLESENDER','EXAMPLERECEIVER');
INSERT INTO "envelopes" VALUES(2,'000000002','1','EXAMPLESENDER','EXAMPLERECEIVER');
CREATE TABLE files (
        id INTEGER PRIMARY KEY, run_id BIGINT REFERENCES runs(id), name TEXT NOT NULL, sha256 TEXT NOT NULL,
        bytes BIGINT NOT NULL, settings TEXT NOT NULL, editions TEXT NOT NULL, status TEXT NOT NULL,
        outcome TEXT NOT NULL, state TEXT NOT NULL, test INTEGER NOT NULL, claims INTEGER NOT NULL,
        lines INTEGER NOT NULL, charge BIGINT NOT NULL, findings TEXT NOT NULL, content BIGINT,
        sent_content BIGINT, started TEXT NOT NULL, finished TEXT, published TEXT, outputs TEXT NOT NULL);
INSERT INTO "files" VALUES(1,NULL,'first-night.837','f4291c8236843741ea3acb6455bd62633f559a353e892b9cb6ee99d9df1c506c',1360,'s','e','ready','held','published',0,2,2,1500000,'{}',-4978660636197559376,-4978660636197559376,'2026-11-01T03:00:00+00:00',NULL,'2026-11-01T03:00:00+00:00','{}');
INSERT INTO "files" VALUES(2,NULL,'second-night.837','6ba97e2af9ca2544f97a08c76fb91c1de9bc29ea555ebb3ad9e20db3942349fe',952,'s','e','ready','held','seen',0,1,1,500000,'{"info": 1}',2851597954656152274,NULL,'2026-11-02T03:00:00+00:00',NULL,NULL,'{}');
CREATE TABLE findings (
        file_id BIGINT NOT NULL REFERENCES files(id) ON DELETE CASCADE,
        claim_id BIGINT REFERENCES claims(id) ON DELETE CASCADE, rule TEXT NOT NULL, severity TEXT NOT NULL,
        fingerprint TEXT NOT NULL, waived INTEGER NOT NULL);
INSERT INTO "findings" VALUES(2,NULL,'control-used-before','info','72423fac7c8adab4',0);
CREATE TABLE lines (
        claim_id BIGINT NOT NULL REFERENCES claims(id) ON DELETE CASCADE, position INTEGER NOT NULL,
        nth_day INTEGER NOT NULL, encounter BIGINT, number INTEGER, control TEXT, code TEXT NOT NULL,
        modifiers TEXT NOT NULL, units TEXT NOT NULL, unit TEXT NOT NULL, charge BIGINT NOT NULL, day TEXT,
        days INTEGER NOT NULL, place TEXT NOT NULL, rendering TEXT NOT NULL);
INSERT INTO "lines" VALUES(1,1,0,-7663068779900517786,1,'AL1','97140','GP','1','UN',500000,'2026-11-03',1,'11','1999001013');
INSERT INTO "lines" VALUES(2,1,0,2620304867575654128,1,'BL1','97110','GP','2','UN',1000000,'2026-11-03',1,'11','1999001013');
INSERT INTO "lines" VALUES(3,1,0,-1082359789794790238,1,'CL1','97140','GP','1','UN',500000,'2026-11-03',1,'11','1999001013');
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL);
INSERT INTO "meta" VALUES('made','2026-11-25T03:55:00+00:00');
INSERT INTO "meta" VALUES('schema','1');
INSERT INTO "meta" VALUES('key','92b89ccacc107bb6b77fe59cada84c6f');
CREATE TABLE runs (
        id INTEGER PRIMARY KEY, host TEXT NOT NULL, program TEXT NOT NULL, started TEXT NOT NULL, finished TEXT,
        outcome TEXT, counts TEXT NOT NULL);
INSERT INTO "runs" VALUES(1,'host-a','0.1.0','2026-11-01T03:00:00+00:00',NULL,NULL,'{}');
CREATE INDEX files_sha256 ON files(sha256);
CREATE INDEX files_content ON files(content);
CREATE INDEX files_sent_content ON files(sent_content);
CREATE INDEX envelopes_file ON envelopes(file_id);
CREATE INDEX envelopes_interchange ON envelopes(interchange);
CREATE INDEX envelopes_group ON envelopes(group_number);
CREATE INDEX claims_file ON claims(file_id, position);
CREATE INDEX claims_reference ON claims(reference);
CREATE INDEX lines_claim ON lines(claim_id);
CREATE INDEX lines_encounter ON lines(encounter);
CREATE INDEX findings_file ON findings(file_id);
CREATE INDEX findings_claim ON findings(claim_id);
COMMIT;
