#!/bin/sh
# The numbers are those of the list of threats, part B.
test_description='attacks by what a commit holds'
. "$(dirname "$0")/attack.sh"

# put <mode> <path>: standard input into the index, whatever the path is.
put() {
	put_oid=$(git hash-object -w --stdin) &&
		git update-index --add --cacheinfo "$1,$put_oid,$2"
}

# put_link <path>: a submodule.
put_link() {
	git update-index --add --cacheinfo "160000,$base,$1"
}

# record <message>: the index as a commit.
record() {
	gm_tick && git commit -q -m "$1"
}

# expand: SQL that is fine, with all it has to declare.
expand() {
	gm_head expand
	echo "${1:-CREATE TABLE more (id bigint);}"
}

# refused_file <text> <path> [<mode>]: a push of a file with the content of
# standard input.
refused_file() {
	gm_case && put "${3:-100644}" "$2" && record 'Add a file' &&
		gm_refused "$1" gm_push && return
	printf '%s\n' "the path was: $2" | cat -v
	return 1
}

# refused_sql <text> <SQL>: a push of an expand with this SQL, as printf
# writes it.
refused_sql() {
	{
		gm_head expand
		# shellcheck disable=SC2059 # that is what it is for
		printf -- "$2"
	} >"$gm_base/sql"
	refused_file "$1" migrations/20260201_more/up.sql <"$gm_base/sql" &&
		return
	echo "the SQL was: $2"
	return 1
}

taken_sql() {
	{
		gm_head expand
		# shellcheck disable=SC2059
		printf -- "$1"
	} >"$gm_base/sql"
	gm_case && put 100644 migrations/20260201_more/up.sql <"$gm_base/sql" &&
		record 'Add more' && gm_taken gm_push
}

# bytes <hex>: an object id as a tree has it.
bytes() {
	perl -e 'print pack "H*", shift' "$1"
}

# crafted_tree: standard input as a tree, without a check.
crafted_tree() {
	git hash-object --literally -t tree -w --stdin
}

test_expect_success 'a server with two landed migrations' '
	gm_attack_setup && git config core.protectNTFS false &&
	git config core.protectHFS false
'

test_expect_success 'controls: plain files are taken' '
	gm_case && expand | put 100644 migrations/20260201_more/up.sql &&
	record "Add more" && gm_taken gm_push &&
	taken_sql "CREATE TABLE more (id bigint);\n" &&
	gm_case && expand | put 100755 db/sql/20260201_more/up.sql &&
	record "Add more" && gm_taken gm_push &&
	refused_sql phase-mismatch "DROP TABLE users;\n"
'

test_expect_success 'threat 22: symbolic links' '
	printf ../../evil | refused_file unsafe-path \
		migrations/20260201_more/up.sql 120000 &&
	printf ../evil | refused_file unsafe-path migrations/20260201_more \
		120000 &&
	for path in db/sql db
	do
		gm_case && expand "DROP TABLE users;" |
			put 100644 evil/sql/20260201_more/up.sql &&
		printf evil | put 120000 "$path" &&
		record "Link" && gm_refused unsafe-path gm_push || return 1
	done &&
	gm_case && git rm -q -r --cached migrations && printf evil |
		put 120000 migrations && record "Link" &&
	gm_refused unsafe-path gm_push &&
	gm_case && printf evil | put 120000 docs/link && record "Link" &&
	gm_taken gm_push
'

test_expect_success 'threat 23: submodules' '
	for path in migrations/20260201_more migrations/20260201_more/up.sql \
		migrations/more db/sql db
	do
		gm_case && put_link "$path" && record "Link" &&
		gm_refused unsafe-path gm_push || return 1
	done &&
	gm_case && git rm -q -r --cached migrations && put_link migrations &&
	record "Link" && gm_refused unsafe-path gm_push &&
	gm_case && put_link lib && record "Link" && gm_taken gm_push
'

test_expect_success 'threat 24: renames and copies' '
	gm_case && { seq 200 | sed "s/^/-- /"
	echo "CREATE TABLE more (id bigint);"; } >old.sql &&
	gm_commit "Add a file" && gm_push && old=$(git rev-parse HEAD) &&
	git -C "$server" config diff.renames copies &&
	mkdir -p migrations/20260301_moved &&
	git mv old.sql migrations/20260301_moved/up.sql &&
	{ gm_head contract 20260102_name; cat migrations/20260301_moved/up.sql
	echo "ALTER TABLE users DROP name;"; } >new &&
	mv new migrations/20260301_moved/up.sql && gm_commit "Move" &&
	gm_refused mixed-destructive gm_push &&
	git reset -q --hard "$old" && mkdir -p migrations/20260301_moved &&
	{ cat old.sql; echo "DROP TABLE users;"; } \
		>migrations/20260301_moved/up.sql && gm_commit "Copy" &&
	gm_refused missing-phase gm_push &&
	git reset -q --hard "$old" &&
	git mv migrations/20260102_name migrations/20260302_name &&
	gm_commit "Rename" && gm_refused deleted-landed gm_push &&
	git reset -q --hard "$old" &&
	git mv migrations/20260102_name/up.sql \
		migrations/20260102_name/other.sql &&
	gm_commit "Rename" && gm_refused deleted-landed gm_push
'

test_expect_success 'threat 25: names that are another name elsewhere' '
	more=20260201_more &&
	for path in "migrations/$more/UP.sql" "migrations/$more/up.SQL" \
		"Migrations/$more/up.sql" "MIGRATIONS/$more/up.sql" \
		"migrations./$more/up.sql" "migrations /$more/up.sql" \
		"MIGRAT~1/$more/up.sql" "migrations/20260201~1/up.sql" \
		"Db/sql/$more/up.sql" "db/SQL/$more/up.sql" \
		"migrations/$more/up.sql." "migrations/$more/up.sql " \
		"migrations/$more./up.sql" "migrations/$more /up.sql" \
		"migrations\\$more\\up.sql" "migrations/$more\\up.sql" \
		"migrations/20260102_NAME/up.sql" \
		"$(printf "migrations/${more}\303\251e\314\201/up.sql")" \
		"$(printf "m\321\226grations/$more/up.sql")" \
		"$(printf "migra\342\200\213tions/$more/up.sql")" \
		"$(printf "\357\275\215igrations/$more/up.sql")" \
		"$(printf "migrations/20260201_m\320\276re/up.sql")" \
		"$(printf "migrations/$more/up\342\200\213.sql")" \
		"$(printf "migrations/$more/up.sql\342\200\256")" \
		"$(printf "migrations/$more\377/up.sql")"
	do
		expand | refused_file unsafe-path "$path" || return 1
	done
'

test_expect_success 'threat 25: twins' '
	gm_case && expand | put 100644 migrations/20260201_more/up.sql &&
	expand | put 100644 migrations/20260201_More/up.sql && record "Twins" &&
	gm_refused unsafe-path gm_push &&
	nfc=$(printf "caf\303\251") && nfd=$(printf "cafe\314\201") &&
	expand | refused_file unsafe-path "migrations/20260201_$nfd/up.sql" &&
	gm_case && expand | put 100644 "migrations/20260201_$nfc/up.sql" &&
	record "Add more" && gm_taken gm_push
'

test_expect_success 'threat 26: control bytes and quotes in paths' '
	for byte in "\n" "\t" "\r" "\033[2J" "\001" "\177"
	do
		path=$(printf "migrations/20260201_a${byte}b/up.sql") &&
		expand | refused_file unsafe-path "$path" &&
		path=$(printf "migrations/20260201_ab/up${byte}.sql") &&
		expand | refused_file unsafe-path "$path" || return 1
	done &&
	# A quote hides nothing.
	gm_case && gm_mixed && git add -A && expand "DROP TABLE users;" |
		put 100644 "migrations/20260201_\"a\"/up.sql" && record "Quote" &&
	gm_refused mixed-destructive gm_push &&
	gm_says phase-mismatch "$gm_base/out" &&
	# Nor do they matter elsewhere, but for the output.
	gm_case && echo x | put 100644 "$(printf "src/a\n\033[2Jb\r.c")" &&
	record "Add a file" && gm_taken gm_push &&
	gm_contract 20260301_mixed && git add migrations && record "Drop" &&
	git reset -q --soft HEAD~2 && record "Both" &&
	gm_refused mixed-destructive gm_push &&
	gm_says "src/a\\n\\e[2Jb\\r.c" "$gm_base/out"
'

# crafted <text> <file with a root tree>: the tree as a commit that is pushed
# past fsck.
crafted() {
	crafted_oid=$(crafted_tree <"$2") &&
		crafted_oid=$(git commit-tree -p "$base" -m Craft "$crafted_oid") &&
		gm_refused "$1" gm_push "$crafted_oid:refs/heads/main"
}

test_expect_success 'threat 27: trees that are read in more than one way' '
	gm_case && root=$(git rev-parse "HEAD^{tree}") &&
	expand "DROP TABLE users;" | put 100644 \
		migrations/20260201_more/up.sql && git write-tree >index-tree &&
	evil=$(git rev-parse "$(cat index-tree):migrations") &&
	good=$(git rev-parse HEAD:migrations) &&
	unit=$(git rev-parse "$(cat index-tree):migrations/20260201_more") &&
	up=$(git rev-parse "$unit:up.sql") && names=$gm_base/tree &&
	# The same name twice: out of order, and side by side.
	{ git cat-file tree "$root"; printf "40000 migrations\0"
	bytes "$evil"; } >"$names" &&
	git -C "$server" config receive.fsckObjects true &&
	test_must_fail git push origin "$(git commit-tree -p "$base" -m Craft \
		"$(crafted_tree <"$names")"):refs/heads/main" 2>out &&
	test_must_fail grep "pre-receive hook" out &&
	git -C "$server" config receive.fsckObjects false &&
	crafted malformed "$names" &&
	for first in $good $evil
	do
		second=$evil && test "$first" = "$good" || second=$good &&
		{ git cat-file tree "$root" | perl -0777 -pe \
			"s/40000 migrations\\0.{20}//s"
		printf "40000 migrations\0"; bytes "$first"
		printf "40000 migrations\0"; bytes "$second"; } >"$names" &&
		crafted malformed "$names" || return 1
	done &&
	# A file and a directory of one name.
	{ printf "100644 migrations\0"; bytes "$up"
	git cat-file tree "$root"; } >"$names" &&
	crafted malformed "$names" &&
	# A slash in a name; a directory with odd permissions.
	{ git cat-file tree "$root"; printf "40000 migrations/20260201_more\0"
	bytes "$unit"; } >"$names" &&
	crafted malformed "$names" &&
	{ git cat-file tree "$root" | perl -0777 -pe \
		"s/40000 migrations\\0.{20}//s"
	printf "40755 migrations\0"; bytes "$evil"; } >"$names" &&
	crafted malformed "$names"
'

test_expect_success 'threat 27: trees below the migrations directory' '
	gm_case && git -C "$server" config receive.fsckObjects false &&
	down=$(echo "SELECT 1;" | git hash-object -w --stdin) &&
	up=$(expand | git hash-object -w --stdin) &&
	evil=$(expand "DROP TABLE users;" | git hash-object -w --stdin) &&
	names=$gm_base/tree &&
	below() {
		unit=$(crafted_tree <"$names") &&
		{ git cat-file tree HEAD:migrations
		printf "40000 20260201_more\0"; bytes "$unit"; } >above &&
		{ git cat-file tree "$base^{tree}" | perl -0777 -pe \
			"s/40000 migrations\\0.{20}//s"
		printf "40000 migrations\0"; bytes "$(crafted_tree <above)"
		} >whole &&
		gm_case_tree=$(crafted_tree <whole) &&
		git commit-tree -p "$base" -m Craft "$gm_case_tree"
	} &&
	{ printf "100644 up.sql\0"; bytes "$up"; } >"$names" &&
	commit=$(below) && gm_taken gm_push "$commit:refs/heads/main" &&
	git -C "$server" config receive.fsckObjects false &&
	{ printf "100644 up.sql\0"; bytes "$up"
	printf "100644 up.sql\0"; bytes "$evil"; } >"$names" &&
	commit=$(below) &&
	gm_refused malformed gm_push "$commit:refs/heads/main" &&
	{ printf "100644 up.sql\0"; bytes "$up"
	printf "100644 down.sql\0"; bytes "$down"; } >"$names" &&
	commit=$(below) &&
	gm_refused malformed gm_push "$commit:refs/heads/main" &&
	for mode in 100666 100600 107777
	do
		{ printf "$mode up.sql\0"; bytes "$up"; } >"$names" &&
		commit=$(below) && gm_refused unsafe-path gm_push \
			"$commit:refs/heads/main" || return 1
	done &&
	for name in .git ..
	do
		{ printf "40000 $name\0"; bytes "$(git rev-parse "HEAD^{tree}")"
		printf "100644 up.sql\0"; bytes "$up"; } >"$names" &&
		commit=$(below) && gm_refused malformed gm_push \
			"$commit:refs/heads/main" || return 1
	done
'

test_expect_success 'threat 28: attributes that change what is deployed' '
	for attribute in filter=lfs ident working-tree-encoding=UTF-16 \
		eol=crlf export-subst export-ignore
	do
		for file in .gitattributes migrations/.gitattributes
		do
			gm_case && echo "*.sql $attribute" | put 100644 $file &&
			expand | put 100644 migrations/20260201_more/up.sql &&
			record "Add more" && gm_refused unsafe-content gm_push &&
			gm_says "${attribute%%=*}" "$gm_base/out" || {
				echo "$file: $attribute"
				return 1
			}
		done
	done &&
	# The attributes alone, for what is there already.
	gm_case && echo "migrations/** filter=x" | put 100644 .gitattributes &&
	record "Attributes" && gm_refused unsafe-content gm_push &&
	gm_case && { echo "[attr]sneaky filter=x"; echo "*.sql sneaky"
	} | put 100644 .gitattributes && expand |
		put 100644 migrations/20260201_more/up.sql &&
	record "Add more" && gm_refused unsafe-content gm_push &&
	# And those of the server itself.
	gm_case && expand | put 100644 migrations/20260201_more/up.sql &&
	record "Add more" && mkdir -p "$server/info" &&
	echo "*.sql ident" >"$server/info/attributes" &&
	gm_refused unsafe-content gm_push &&
	gm_case && echo "*.sql -text -filter -ident" |
		put 100644 .gitattributes &&
	expand | put 100644 migrations/20260201_more/up.sql &&
	record "Add more" && gm_taken gm_push
'

test_expect_success 'threat 29: an LFS pointer' '
	{ echo "version https://git-lfs.github.com/spec/v1"
	echo "oid sha256:$(seq 64 | sed "s/.*/a/" | tr -d "\n")"
	echo "size 12345"; } >"$gm_base/pointer" &&
	refused_file unsafe-content migrations/20260201_more/up.sql \
		<"$gm_base/pointer" &&
	gm_case && expand | put 100644 migrations/20260201_more/up.sql &&
	put 100644 migrations/20260201_more/down.sql <"$gm_base/pointer" &&
	record "Add more" && gm_refused unsafe-content gm_push
'

test_expect_success 'threat 30: NUL in SQL' '
	refused_sql unsafe-content "-- ok\\000\nDROP TABLE users;\n" &&
	refused_sql unsafe-content "SELECT 1;\\000" &&
	gm_case && expand | put 100644 migrations/20260201_more/up.sql &&
	printf "SELECT 1;\n\000DROP TABLE users;\n" |
		put 100644 migrations/20260201_more/down.sql &&
	record "Add more" && gm_refused unsafe-content gm_push
'

test_expect_success 'threat 31: encodings, and characters nobody sees' '
	for text in "\\377\\376S\\000E\\000" "\\376\\377\\000S" \
		"SELECT \\047\\303\\050\\047;\n" "SELECT \\047\\300\\257\\047;\n" \
		"SELECT \\047\\355\\240\\200\\047;\n" \
		"-- \\342\\200\\256 ;1 TCELES\n" "-- \\342\\201\\246 x\n" \
		"SELECT 1; -- \\342\\200\\213\n" "SELECT \\342\\200\\215 1;\n" \
		"-- \\033[2K\\033[1A hidden\n" "-- \\033]0;title\\007\n" \
		"-- \\302\\233 2J\n" "-- \\010\\010\n" \
		"-- a\\rDROP TABLE users;\n"
	do
		refused_sql unsafe-content "$text" || return 1
	done &&
	{ printf "\357\273\277"; expand; } | refused_file unsafe-content \
		migrations/20260201_more/up.sql &&
	expand | iconv -t UTF-16LE | refused_file unsafe-content \
		migrations/20260201_more/up.sql &&
	taken_sql "COMMENT ON TABLE users IS \\047d\\303\\251j\\303\\240\\047;\n"
'

test_expect_success 'threat 32: the ends of lines' '
	gm_case && sed "s/\$/\r/" migrations/20260102_name/up.sql |
		put 100644 migrations/20260102_name/up.sql &&
	record "Other line ends" && gm_refused edited-landed gm_push
'

test_expect_success 'threat 33: suppressions inside of the file' '
	for comment in "atlas:nolint" "atlas:nolint destructive" \
		"squawk-ignore ban-drop-table" "squawk-ignore-file" \
		"migrate: allow phase-mismatch it is fine" \
		"migrate: allow mixed-destructive it is fine" \
		"strong_migrations: safety_assured" \
		"noqa: disable=all"
	do
		refused_sql phase-mismatch "-- $comment\nDROP TABLE users;\n" &&
		gm_case && gm_contract 20260301_mixed "-- $comment
ALTER TABLE users DROP COLUMN name;" && echo x >>app.py &&
		gm_commit "Drop" && gm_refused mixed-destructive gm_push ||
			return 1
	done
'

test_expect_success 'threat 34: what cannot be read with certainty' '
	for sql in "\\\\i other.sql\n" "\\\\! true\n" \
		"SELECT \\047DROP TABLE users\\047 \\\\gexec\n" \
		"DO \$\$ BEGIN EXECUTE \\047DROP \\047 || current_user; END \$\$;\n" \
		"DO LANGUAGE plpython3u \$\$ import os \$\$;\n" \
		"DRP TABLE users;\n" "SELECT mystery();\n" "CALL mystery();\n" \
		"COPY users FROM PROGRAM \\047true\\047;\n" \
		"LOAD \\047evil\\047;\n" "ALTER TABLE users ADD x int" \
		"/* DROP TABLE users;\n" "SELECT \\047open;\n"
	do
		case $sql in
		"ALTER TABLE users ADD x int")
			taken_sql "$sql" || return 1
			continue ;;
		esac
		refused_sql opaque-sql "$sql" || return 1
	done &&
	refused_sql phase-mismatch \
		"DO \$\$ BEGIN DROP TABLE users; END \$\$;\n" &&
	gm_case && gm_contract 20260301_mixed "SELECT mystery();" &&
	echo x >>app.py && gm_commit "Run" &&
	gm_refused mixed-destructive gm_push &&
	gm_case && gm_contract 20260301_mixed "SELECT mystery();" &&
	gm_commit "Run" && gm_taken gm_push
'

# limited <kilobytes>: from now on the hook has this much address space.
limited() {
	gm_hook "$gm_base/limit/git-migrate" <<-SCRIPT
	#!/bin/sh
	ulimit -v $1 || exit 1
	exec "$gm_program" "\$@"
	SCRIPT
}

with_limit() {
	PATH="$gm_base/limit:$PATH" "$@"
}

test_expect_success PLAIN 'threat 35: a blob of 300 MB of zeros' '
	gm_case && limited 300000 &&
	git -C "$server" config core.bigFileThreshold 1m &&
	git -C "$server" config receive.unpackLimit 1 &&
	git config core.bigFileThreshold 1m && git config core.compression 1 &&
	expand | put 100644 migrations/20260201_more/up.sql &&
	record "Add more" && gm_taken with_limit gm_push &&
	git -C "$server" config core.bigFileThreshold 1m &&
	git -C "$server" config receive.unpackLimit 1 &&
	truncate -s 300M zeros && oid=$(git hash-object -w zeros) && rm zeros &&
	for path in migrations/20260202_big/up.sql \
		migrations/20260201_more/down.sql
	do
		git update-index --add --cacheinfo "100644,$oid,$path" || return 1
	done &&
	record "Add zeros" && gm_refused unsafe-content with_limit gm_push &&
	gm_says 314572800 "$gm_base/out" &&
	# The policy is read, too.
	gm_case && git -C "$server" config core.bigFileThreshold 1m &&
	git -C "$server" config receive.unpackLimit 1 &&
	git update-index --add --cacheinfo \
		"100644,$oid,.migrate/policy.yaml" && record "Change the policy" &&
	gm_refused policy-change with_limit gm_push
'

# nest <blob> <levels> <names>: a tree of trees, each of which has the same
# one many times; prints it.
nest() {
	nest_mode=100644 nest_oid=$1
	for nest_level in $(seq "$2"); do
		nest_oid=$(for nest_name in $(seq "$3"); do
			printf '%s %s\t%s\n' \
				"$nest_mode $(test "$nest_mode" = 040000 &&
					echo tree || echo blob)" "$nest_oid" \
				"$nest_name"
		done | git mktree) || return 1
		nest_mode=040000
	done
	echo "$nest_oid"
}

# graft <path> <tree>: a commit on the base that has the tree at the path,
# which must be new there.
graft() {
	graft_path=$1 graft_oid=$2
	while :; do
		graft_name=${graft_path##*/}
		case $graft_path in
		*/*) graft_path=${graft_path%/*} ;;
		*) graft_path= ;;
		esac
		graft_oid=$({
			git ls-tree "$base:$graft_path" 2>/dev/null |
				grep -v "	$graft_name\$"
			printf '040000 tree %s\t%s\n' "$graft_oid" "$graft_name"
		} | git mktree) || return 1
		test -n "$graft_path" || break
	done
	git commit-tree -p "$base" -m Bomb "$graft_oid"
}

test_expect_success PLAIN 'threat 35: trees that list a million paths' '
	gm_case && limited 500000 &&
	blob=$(echo "SELECT 1;" | git hash-object -w --stdin) &&
	tree=$(nest "$blob" 6 10) && deep=$(nest "$blob" 100 1) &&
	for path in db/sql db/sql/20260201_more migrations/x
	do
		gm_case && commit=$(graft "$path" "$tree") &&
		gm_refused "more than" with_limit gm_push \
			"$commit:refs/heads/main" &&
		commit=$(graft "$path" "$deep") &&
		gm_refused "deeper than" with_limit gm_push \
			"$commit:refs/heads/main" || return 1
	done
'

test_expect_success 'threat 36: what has landed is edited' '
	for file in up.sql down.sql
	do
		gm_case && echo "SELECT 1;" >>migrations/20260101_users/$file &&
		gm_commit "Edit" && gm_refused edited-landed gm_push ||
			return 1
	done &&
	gm_case && echo "SELECT 1;" >>migrations/20260101_users/up.sql &&
	gm_commit "Edit" && git checkout -q HEAD~1 -- migrations &&
	gm_commit "Edit back" && gm_refused edited-landed gm_push &&
	gm_case && git rm -q -r migrations/20260101_users && gm_commit "Remove" &&
	gm_refused deleted-landed gm_push &&
	gm_case && git rm -q migrations/20260101_users/up.sql &&
	gm_commit "Remove" && gm_refused deleted-landed gm_push &&
	gm_case && git rm -q -r migrations && gm_commit "Remove" &&
	gm_refused deleted-landed gm_push &&
	gm_case && gm_expand 20260101_before && gm_commit "Slip in" &&
	gm_refused out-of-order gm_push
'

test_expect_success 'threat 37: a landed blob at another path' '
	gm_case && echo "CREATE TABLE plain (id bigint);" |
		gm_write migrations/20260201_plain/up.sql &&
	gm_commit "Add plain

Migration-Phase: expand
Rollback-Window: 24h
Rollback-Owner: Ann Lee <ann@example.com>
Feature-Flag: none: the tests need no flag" && gm_push &&
	mkdir -p migrations/20260202_copy &&
	cp migrations/20260201_plain/up.sql migrations/20260202_copy/ &&
	gm_commit "Copy" && gm_refused missing-phase gm_push &&
	gm_restore && git reset -q --hard "$base" &&
	mkdir -p db/sql/20260102_name &&
	cp migrations/20260102_name/up.sql db/sql/20260102_name/ &&
	gm_commit "Copy" && gm_refused out-of-order gm_push
'

# refused_policy <what it is>: standard input as the next policy.
refused_policy() {
	gm_case && put 100644 .migrate/policy.yaml && record "Change the policy" &&
		gm_refused policy-change gm_push && return
	echo "the policy has: $1"
	return 1
}

test_expect_success 'threat 38: YAML that is more than it seems' '
	gm_case && gm_attack_policy 2 && cp .migrate/policy.yaml "$gm_base/good" &&
	gm_commit "Change the policy" && gm_taken gm_push &&
	good() { cat "$gm_base/good"; } &&
	{ good; echo "roles: {a: &x [a@example.com], b: *x}"; } |
		refused_policy "an anchor" &&
	{ good; echo "a: &a [x,x,x,x,x,x,x,x,x]"
	for name in b c d e f g h i
	do
		echo "$name: &$name [*a,*a,*a,*a,*a,*a,*a,*a,*a]"
	done; } | refused_policy "a bomb" &&
	{ good; echo "version: 3"; } | refused_policy "a key twice" &&
	{ good; echo "protected: []"; } | refused_policy "a key twice" &&
	{ good; echo "<<: {protected: []}"; } | refused_policy "a merge key" &&
	{ good; echo "rules: !!map {}"; } | refused_policy "a tag" &&
	{ good; echo "--- {}"; } | refused_policy "two documents" &&
	{ good; echo "..."; echo "version: 3"; } |
		refused_policy "two documents" &&
	{ good; echo "rules: {mixed-destructive: no}"; } |
		refused_policy "a boolean of YAML 1.1" &&
	{ good; echo "rules: {policy-change: off}"; } |
		refused_policy "a rule that is fixed" &&
	{ good; printf "# \000\n"; } | refused_policy "a NUL" &&
	{ good; echo "protcted: []"; } | refused_policy "an unknown key" &&
	{ good; echo "roles: {dba: [-oProxyCommand=x]}"; } |
		refused_policy "an option for a principal" &&
	{ good; echo "roles: {dba: []}"; } | refused_policy "an empty role" &&
	{ good; printf "rules: "; seq 5000 | sed "s/.*/[/" | tr -d "\n"; echo; } |
		refused_policy "deep nesting" &&
	{ good; seq 60000 | sed "s/^/# /"; } | refused_policy "its size" &&
	good | sed "s/^version: 2/version: 0x2/" | refused_policy "hex" &&
	{ good | sed "s/^version: 2/version: 1/"; echo "# more"; } |
		refused_policy "no new version" &&
	good | sed "s/^version: 2/version: 99999999999999999999/" |
		refused_policy "a version out of range" &&
	good | sed "s/^project: shop/project: other/" |
		refused_policy "another project" &&
	printf "version: 2\r\nproject: shop\r\n\033[2J: 1\r\n" |
		refused_policy "control bytes" &&
	{ printf "\377\376"; good | iconv -t UTF-16LE; } |
		refused_policy "UTF-16" &&
	printf "" | refused_policy "nothing" &&
	printf policy.yaml >"$gm_base/target" &&
	gm_case && put 120000 .migrate/policy.yaml <"$gm_base/target" &&
	record "Change the policy" && gm_refused policy-change gm_push &&
	gm_case && git rm -q .migrate/policy.yaml && gm_commit "Remove it" &&
	gm_refused policy-change gm_push
'

test_done
