#!/bin/sh
test_description='git migrate lint: classes and hazards of SQL files'
. "$(dirname "$0")/lib.sh"

test_expect_success 'every class, without a repository' '
	cat >all.sql <<-\EOF &&
	SET lock_timeout = 1000;
	ALTER TABLE users ADD COLUMN phone text;
	UPDATE users SET phone = 1;
	ALTER TABLE users DROP COLUMN fax;
	EOF
	git migrate lint all.sql >out &&
	for class in neutral expand backfill contract
	do
		gm_says "$class" out || return 1
	done &&
	gm_says "drops column users.fax" out &&
	gm_says "all.sql:4:" out
'

test_expect_success 'what does not parse is opaque alone, and an error' '
	echo "CREATE TABLE a (b int); ALTER TABEL a; DROP TABLE c;" |
		gm_status 1 git migrate lint - >out &&
	gm_says "[opaque-sql]" out &&
	gm_says "expand" out &&
	gm_says "contract" out &&
	gm_says "<stdin>:1:" out
'

test_expect_success 'json, as the design has it' '
	gm_status 0 git migrate lint --format=json all.sql >out &&
	python3 - out <<-\EOF
	import json, sys
	d = json.load(open(sys.argv[1]))
	assert d["version"] == 1 and d["verdict"] == "pass"
	m, = d["migrations"]
	assert m["id"] == m["path"] == "all.sql" and m["class"] == "contract"
	assert [s["class"] for s in m["statements"]] == [
	    "neutral", "expand", "backfill", "contract"]
	assert [s["line"] for s in m["statements"]] == [1, 2, 3, 4]
	assert m["statements"][3]["tag"] == "ALTER TABLE"
	EOF
'

test_expect_success 'a declared phase, a hazard, and a reason for it' '
	printf "%s\n" "-- Migration-Phase: expand" "DROP TABLE a;" >phase.sql &&
	gm_status 1 git migrate lint phase.sql >out &&
	gm_says "[phase-mismatch]" out &&
	echo "CREATE INDEX ON users (id);" >index.sql &&
	git migrate lint index.sql >out &&
	gm_says "[index-not-concurrent]" out &&
	sed -i "1i -- migrate: allow index-not-concurrent it is empty" index.sql &&
	git migrate lint index.sql >out &&
	gm_silent "[index-not-concurrent]" out &&
	printf "%s\n" "-- migrate: allow opaque-sql trust me" "ALTER TABEL a;" |
		gm_status 1 git migrate lint - >out
'

test_expect_success 'text that is not what it seems' '
	printf "SELECT 1; -- \\0\nDROP TABLE a;\n" >nul.sql &&
	gm_status 1 git migrate lint nul.sql >out &&
	gm_says "[unsafe-content]" out &&
	printf "\\357\\273\\277SELECT 1;\n" | gm_status 1 git migrate lint - >out &&
	printf "S\\0E\\0L\\0" | gm_status 1 git migrate lint - >out &&
	printf "SELECT 1; -- \\342\\200\\256 x\n" | gm_status 1 git migrate lint - >out &&
	printf "DROP TABLE us\\320\\265rs;\n" | gm_status 1 git migrate lint - >out &&
	printf "COMMENT ON TABLE a IS '\''\\320\\265'\'';\n" | git migrate lint - >out &&
	printf "SELECT 1; \\033[2J\n" | gm_status 1 git migrate lint - >out &&
	! grep -q "$(printf "\\033")" out
'

test_expect_success 'empty files, and files that cannot be read' '
	: >empty.sql &&
	git migrate lint empty.sql &&
	gm_status 128 git migrate lint nowhere.sql 2>err &&
	gm_says "nowhere.sql" err &&
	gm_status 128 git migrate lint . 2>err &&
	head -c 5000000 /dev/zero | tr "\\0" " " >large.sql &&
	gm_status 128 git migrate lint large.sql 2>err &&
	gm_status 129 git migrate lint 2>err &&
	gm_status 129 git migrate lint --postgres=9 all.sql 2>err &&
	gm_status 129 git migrate lint --postgres=x all.sql 2>err
'

test_done
