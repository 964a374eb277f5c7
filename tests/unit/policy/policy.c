#include "unit.h"

#include "base/buf.h"
#include "base/embed.h"
#include "base/tmpl.h"
#include "policy/policy.h"

/* clang-format off */
static const char example[] =
	"version: 1\n"
	"project: shop                       # signed into every record: no replay in another repository\n"
	"protected: [\"refs/heads/main\", \"refs/heads/release/*\"]\n"
	"postgres: 15                        # the oldest server the SQL must be safe on\n"
	"migrations:\n"
	"  - {path: migrations, layout: directory}\n"
	"app:\n"
	"  neutral: [\"docs/**\", \"**/*.md\", \"db/schema.sql\"]   # allowed beside a contract migration; all else is app\n"
	"rollback_window: {minimum: 24h, owner: required, flag: required}\n"
	"rules: {mixed-expand: warning, index-not-concurrent: error}        # severity overrides: error, warning, off\n"
	"roles:\n"
	"  dba: [ann@example.com]\n"
	"  app-owner: [bob@example.com]\n"
	"  incident-owner: [cem@example.com]\n"
	"  operator: [ci@example.com]\n"
	"  admin: [root@example.com]\n"
	"approvals:\n"
	"  contract: {need: {dba: 1, app-owner: 1}, exclude_author: true, expires: 14d}\n"
	"  break-glass: {need: {incident-owner: 1}, expires: 4h}\n"
	"  policy: {need: {admin: 1}}\n"
	"evidence: {backup_max_age: 24h, restore_test_max_age: 30d}\n"
	"environments:\n"
	"  - {name: develop, namespace: develop, cluster: app-db}\n"
	"  - {name: staging, namespace: staging, cluster: app-db, after: develop}\n"
	"  - {name: production, namespace: production, cluster: app-db, after: staging}\n"
	"flux: {source: {kind: GitRepository, name: flux-system}, path: flux/migrations, image: \"...\", app: {kind: Deployment, name: shop}}\n";
/* clang-format on */

#define HEAD "version: 1\nproject: shop\n"

static int read_policy(struct gm_policy *p, struct gm_arena *a,
		       struct gm_str text, struct gm_err *err)
{
	*err = (struct gm_err)GM_ERR_INIT;
	return gm_policy_read(p, a, "main:p.yaml", text, err);
}

static void test_example_head(void **state)
{
	struct gm_arena a = GM_ARENA_INIT;
	struct gm_policy p;
	struct gm_err err;

	(void)state;
	assert_ok(read_policy(&p, &a, gm_str(example), &err));
	assert_int_equal(p.version, 1);
	assert_string_equal(p.project, "shop");
	assert_int_equal(p.protected_.n, 2);
	assert_string_equal(p.protected_.items[1], "refs/heads/release/*");
	assert_int_equal(p.postgres, 15);
	assert_int_equal(p.n_migrations, 1);
	assert_string_equal(p.migrations[0].path, "migrations");
	assert_string_equal(p.migrations[0].layout, "directory");
	assert_int_equal(p.neutral.n, 3);
	assert_string_equal(p.neutral.items[2], "db/schema.sql");
	assert_int_equal(p.window_minimum, 86400);
	assert_true(p.owner_required);
	assert_true(p.flag_required);
	assert_int_equal(p.severity[GM_RULE_MIXED_EXPAND], GM_SEV_WARNING);
	assert_int_equal(p.severity[GM_RULE_INDEX_NOT_CONCURRENT],
			 GM_SEV_ERROR);
	assert_int_equal(p.severity[GM_RULE_MIXED_DESTRUCTIVE], GM_SEV_ERROR);
	assert_false(p.is_default);
	gm_arena_done(&a);
}

static void test_example_tail(void **state)
{
	struct gm_arena a = GM_ARENA_INIT;
	const struct gm_policy_approval *approval;
	struct gm_policy p;
	struct gm_err err;

	(void)state;
	assert_ok(read_policy(&p, &a, gm_str(example), &err));
	assert_int_equal(p.n_roles, 5);
	assert_string_equal(p.roles[0].name, "dba");
	assert_int_equal(p.roles[0].principals.n, 1);
	assert_string_equal(p.roles[0].principals.items[0], "ann@example.com");
	assert_int_equal(p.n_approvals, 3);
	approval = gm_policy_approval(&p, "contract");
	assert_non_null(approval);
	assert_int_equal(approval->n_need, 2);
	assert_string_equal(approval->need[1].role, "app-owner");
	assert_int_equal(approval->need[1].count, 1);
	assert_true(approval->exclude_author);
	assert_int_equal(approval->expires, 14 * 86400);
	approval = gm_policy_approval(&p, "policy");
	assert_non_null(approval);
	assert_false(approval->exclude_author);
	assert_int_equal(approval->expires, 0);
	assert_null(gm_policy_approval(&p, "expand"));
	assert_int_equal(p.backup_max_age, 86400);
	assert_int_equal(p.restore_test_max_age, 30 * 86400);
	assert_int_equal(p.n_environments, 3);
	assert_null(p.environments[0].after);
	assert_string_equal(p.environments[2].name, "production");
	assert_string_equal(p.environments[2].namespace_, "production");
	assert_string_equal(p.environments[2].cluster, "app-db");
	assert_string_equal(p.environments[2].after, "staging");
	assert_true(p.flux.present);
	assert_string_equal(p.flux.source_kind, "GitRepository");
	assert_string_equal(p.flux.source_name, "flux-system");
	assert_string_equal(p.flux.path, "flux/migrations");
	assert_string_equal(p.flux.image, "...");
	assert_string_equal(p.flux.app_kind, "Deployment");
	assert_string_equal(p.flux.app_name, "shop");
	gm_arena_done(&a);
}

static void test_absent_keys(void **state)
{
	struct gm_arena a = GM_ARENA_INIT;
	struct gm_policy p;
	struct gm_err err;

	(void)state;
	assert_ok(read_policy(&p, &a, GM_STR(HEAD), &err));
	assert_int_equal(p.protected_.n, 2);
	assert_string_equal(p.protected_.items[0], "refs/heads/main");
	assert_string_equal(p.protected_.items[1], "refs/heads/master");
	assert_int_equal(p.postgres, 15);
	assert_int_equal(p.n_migrations, 1);
	assert_string_equal(p.migrations[0].path, "migrations");
	assert_string_equal(p.migrations[0].layout, "auto");
	assert_int_equal(p.window_minimum, 86400);
	assert_true(p.owner_required && p.flag_required);
	for (size_t i = 0; i < GM_RULE_COUNT; i++)
		assert_int_equal(p.severity[i],
				 gm_rule_info((enum gm_rule)i)->severity);
	assert_int_equal(p.n_roles + p.n_approvals + p.n_environments, 0);
	assert_int_equal(p.neutral.n, 0);
	assert_int_equal(p.backup_max_age + p.restore_test_max_age, 0);
	assert_false(p.flux.present || p.is_default);
	gm_arena_done(&a);
}

static void test_shorthands(void **state)
{
	struct gm_arena a = GM_ARENA_INIT;
	struct gm_policy p;
	struct gm_err err;

	(void)state;
	assert_ok(read_policy(&p, &a,
			      GM_STR(HEAD "rollback_window: none\n"
					  "migrations: auto\n"),
			      &err));
	assert_int_equal(p.window_minimum, 0);
	assert_false(p.owner_required || p.flag_required);
	assert_int_equal(p.n_migrations, 0);

	assert_ok(read_policy(&p, &a,
			      GM_STR(HEAD "rollback_window: {minimum: none}\n"
					  "migrations: [{path: .}]\n"
					  "rules: {missing-phase: off}\n"),
			      &err));
	assert_int_equal(p.window_minimum, 0);
	assert_true(p.owner_required && p.flag_required);
	assert_int_equal(p.n_migrations, 1);
	assert_string_equal(p.migrations[0].path, "");
	assert_string_equal(p.migrations[0].layout, "auto");
	assert_int_equal(p.severity[GM_RULE_MISSING_PHASE], GM_SEV_OFF);

	assert_ok(read_policy(
		&p, &a,
		GM_STR(HEAD
		       "rollback_window: {owner: optional, minimum: 2d}\n"),
		&err));
	assert_int_equal(p.window_minimum, 2 * 86400);
	assert_false(p.owner_required);
	assert_true(p.flag_required);
	gm_arena_done(&a);
}

static void test_people(void **state)
{
	struct gm_arena a = GM_ARENA_INIT;
	const struct gm_policy_approval *approval;
	struct gm_policy p;
	struct gm_err err;

	(void)state;
	assert_ok(read_policy(
		&p, &a,
		GM_STR(HEAD
		       "people:\n"
		       "  ann@example.com: [ann, Ann Lee, \"annbot[bot]\"]\n"
		       "  bob@example.com: [bob, BOB@example.com]\n"
		       "roles: {dba: [Ann@example.com, cem]}\n"
		       "approvals: {contract: {need: {dba: 1},"
		       " exclude_pusher: true}}\n"),
		&err));
	assert_int_equal(p.n_people, 2);
	assert_string_equal(p.people[0].principal, "ann@example.com");
	assert_int_equal(p.people[0].names.n, 3);
	assert_string_equal(p.people[0].names.items[1], "Ann Lee");
	approval = gm_policy_approval(&p, "contract");
	assert_true(approval->exclude_pusher);
	assert_false(approval->exclude_author);

	assert_str(gm_policy_person(&p, GM_STR("ann lee")), "ann@example.com");
	assert_str(gm_policy_person(&p, GM_STR("annbot[bot]")),
		   "ann@example.com");
	assert_str(gm_policy_person(&p, GM_STR("ann l")), "ann l");
	assert_str(gm_policy_person(&p, GM_STR("")), "");
	assert_true(gm_policy_same(&p, GM_STR("ANN"), GM_STR("Ann Lee")));
	assert_true(gm_policy_same(&p, GM_STR("Cem"), GM_STR("cem")));
	assert_false(gm_policy_same(&p, GM_STR("ann"), GM_STR("bob")));
	assert_true(gm_policy_has_role(&p, "dba", GM_STR("ANN")));
	assert_true(gm_policy_has_role(&p, "dba", GM_STR("CEM")));
	assert_false(gm_policy_has_role(&p, "dba", GM_STR("bob")));
	assert_false(gm_policy_has_role(&p, "dbas", GM_STR("ann")));
	gm_arena_done(&a);
}

struct bad {
	const char *text; /* behind HEAD: lines 3 and on */
	size_t line, column;
	const char *says, *hint;
};

/* clang-format off */
static const struct bad bads[] = {
	/* keys */
	{ "protectd: [refs/heads/main]\n", 3, 1, "unknown key 'protectd'", "'protected'" },
	{ "Postgres: 15\n", 3, 1, "unknown key 'Postgres'", "'postgres'" },
	{ "zzzzzzzzzzzz: 15\n", 3, 1, "unknown key", "The keys here are: version, project" },
	{ "version: 2\n", 3, 1, "duplicate key 'version'", "line 1" },
	{ "\"project\": x\n", 3, 1, "duplicate key 'project'", "line 2" },
	{ "rules: {}\nrules: {}\n", 4, 1, "duplicate key 'rules'", "line 3" },
	{ "1: 2\n", 3, 1, "unknown key '1'", "The keys here are" },
	{ "? [a]\n: b\n", 3, 3, "a key must be a word", "key" },
	/* YAML that is refused whatever it says */
	{ "postgres: &p 15\n", 3, 11, "anchors", "Remove the anchor" },
	{ "postgres: *p\n", 3, 11, "aliases", "Write the value" },
	{ "postgres: !!int 15\n", 3, 11, "tags", "Remove the tag" },
	{ "<<: {postgres: 15}\n", 3, 1, "merge keys", "Write the keys" },
	{ "---\nversion: 2\n", 3, 1, "second document", "one document" },
	{ "roles:\n\tdba: [a]\n", 4, 1, "not valid YAML", "indentation" },
	{ "app: {neutral: [\"\\0\"]}\n", 3, 17, "NUL byte", "Remove" },
	{ "app: {neutral: [\"a\\u200b\"]}\n", 3, 17, "cannot be seen", "Remove" },
	{ "# \xe2\x80\xae\n", 3, 3, "cannot be seen: U+202E", "Remove" },
	{ "app: {neutral: [\xff]}\n", 3, 17, "not UTF-8", "Remove" },
	{ "app: [[[[[[[[[[1]]]]]]]]]]\n", 3, 13, "nested too deeply", "8 levels" },
	/* protected */
	{ "protected: refs/heads/main\n", 3, 12, "must be a list", "protected: [" },
	{ "protected: []\n", 3, 12, "'protected' is empty", "protected: [" },
	{ "protected:\n", 3, 11, "has no value", "protected: [" },
	{ "protected: [main]\n", 3, 13, "start with refs/heads/", "refs/heads/main" },
	{ "protected: [refs/heads/main, refs/notes/x]\n", 3, 30, "start with refs/heads/", "refs/heads/main" },
	{ "protected: [\"!refs/heads/main\"]\n", 3, 13, "start with refs/heads/", "refs/heads/main" },
	{ "protected: [refs/heads/main, refs/heads/main]\n", 3, 30, "twice", "Remove one" },
	{ "protected: [refs/heads//x]\n", 3, 13, "cannot be", "refs/heads/main" },
	{ "protected: {refs/heads/main: 1}\n", 3, 12, "must be a list", "protected: [" },
	/* postgres */
	{ "postgres: 9\n", 3, 11, "out of range: 9", "from 10 to 99" },
	{ "postgres: 150000\n", 3, 11, "out of range", "from 10 to 99" },
	{ "postgres: 15.4\n", 3, 11, "whole decimal", "postgres: 15" },
	{ "postgres: \"15\"\n", 3, 11, "no quotes", "postgres: 15" },
	{ "postgres: fifteen\n", 3, 11, "whole decimal", "postgres: 15" },
	{ "postgres: -15\n", 3, 11, "whole decimal", "postgres: 15" },
	/* migrations */
	{ "migrations: migrations\n", 3, 13, "must be a list", "path: migrations" },
	{ "migrations: []\n", 3, 13, "is empty", "path: migrations" },
	{ "migrations: [migrations]\n", 3, 14, "must be a mapping", "path: migrations" },
	{ "migrations: [{layout: auto}]\n", 3, 14, "'path' is missing", "path: db/migrations" },
	{ "migrations: [{path: migrations, layot: auto}]\n", 3, 33, "unknown key 'layot'", "'layout'" },
	{ "migrations: [{path: /migrations}]\n", 3, 21, "relative to the root", "db/migrations" },
	{ "migrations: [{path: ../x}]\n", 3, 21, "'..'", "db/migrations" },
	{ "migrations: [{path: migrations/}]\n", 3, 21, "end with '/'", "db/migrations" },
	{ "migrations: [{path: \"migrations/*.sql\"}]\n", 3, 21, "not a pattern", "db/migrations" },
	{ "migrations: [{path: .migrate}]\n", 3, 21, "not for it", "db/migrations" },
	{ "migrations: [{path: ''}]\n", 3, 21, "no value", "db/migrations" },
	{ "migrations: [{path: a, layout: Flyway!}]\n", 3, 32, "'layout' cannot be", "layout: directory" },
	{ "migrations: [{path: a}, {path: a}]\n", 3, 32, "'a' and 'a' overlap", "remove one" },
	{ "migrations: [{path: a}, {path: a/b}]\n", 3, 32, "'a' and 'a/b' overlap", "remove one" },
	{ "migrations: [{path: a/b}, {path: a}]\n", 3, 34, "'a/b' and 'a' overlap", "remove one" },
	{ "migrations: [{path: a}, {path: A/b}]\n", 3, 32, "overlap", "remove one" },
	{ "migrations: [{path: a}, {path: .}]\n", 3, 32, "overlap", "remove one" },
	/* app */
	{ "app: [docs]\n", 3, 6, "must be a mapping", "neutral" },
	{ "app: {neutral: docs}\n", 3, 16, "must be a list", "neutral: [" },
	{ "app: {neutral: [\"**\"]}\n", 3, 17, "matches every path", "docs/**" },
	{ "app: {neutral: [\"!docs/**\"]}\n", 3, 17, "cannot be", "docs/**" },
	{ "app: {neutral: [/docs]}\n", 3, 17, "cannot be", "docs/**" },
	{ "app: {natural: []}\n", 3, 7, "unknown key 'natural'", "'neutral'" },
	/* rollback_window */
	{ "rollback_window: 24h\n", 3, 18, "must be a mapping", "minimum: 24h" },
	{ "rollback_window: {minimum: 24}\n", 3, 28, "one of s m h d w", "24h" },
	{ "rollback_window: {minimum: 0h}\n", 3, 28, "one of s m h d w", "24h" },
	{ "rollback_window: {minimum: 24H}\n", 3, 28, "one of s m h d w", "24h" },
	{ "rollback_window: {owner: yes}\n", 3, 26, "cannot be 'yes'", "optional, required" },
	{ "rollback_window: {flag: true}\n", 3, 25, "cannot be 'true'", "optional, required" },
	{ "rollback_window: {flag: require}\n", 3, 25, "cannot be 'require'", "'required'" },
	{ "rollback_window: {minimun: 24h}\n", 3, 19, "unknown key", "'minimum'" },
	/* rules */
	{ "rules: [mixed-expand]\n", 3, 8, "must be a mapping", "mixed-expand" },
	{ "rules: {mixed-expnd: error}\n", 3, 9, "unknown rule 'mixed-expnd'", "'mixed-expand'" },
	{ "rules: {qqqqqqqqqqqqq: error}\n", 3, 9, "unknown rule", "git migrate explain" },
	{ "rules: {mixed-expand: fatal}\n", 3, 23, "not a severity for 'mixed-expand'", "error, warning or off" },
	{ "rules: {mixed-expand: Off}\n", 3, 23, "not a severity", "error, warning or off" },
	{ "rules: {mixed-expand: false}\n", 3, 23, "not a severity", "error, warning or off" },
	{ "rules: {mixed-expand: [off]}\n", 3, 23, "not a severity", "error, warning or off" },
	{ "rules: {mixed-expand: }\n", 3, 23, "not a severity", "error, warning or off" },
	{ "rules: {policy-change: off}\n", 3, 24, "'policy-change' cannot be lowered", "always error" },
	{ "rules: {records-rewritten: warning}\n", 3, 28, "cannot be lowered", "always error" },
	{ "rules: {ref-refused: off}\n", 3, 22, "cannot be lowered", "always error" },
	/* roles */
	{ "roles: [dba]\n", 3, 8, "must be a mapping", "roles: {dba" },
	{ "roles: {dba: ann@example.com}\n", 3, 14, "must be a list", "[ann@example.com]" },
	{ "roles: {dba: []}\n", 3, 14, "is empty", "[ann@example.com]" },
	{ "roles: {dba: }\n", 3, 14, "no value", "[ann@example.com]" },
	{ "roles: {DBA: [ann]}\n", 3, 9, "'role' cannot be 'DBA'", "role: dba" },
	{ "roles: {no: [ann]}\n", 3, 9, "must be text", "\"no\"" },
	{ "roles: {dba: [\"*\"]}\n", 3, 15, "not a pattern", "ann@example.com" },
	{ "roles: {dba: [\"*@example.com\"]}\n", 3, 15, "not a pattern", "ann@example.com" },
	{ "roles: {dba: [\"-oProxy\"]}\n", 3, 15, "start with '-'", "ann@example.com" },
	{ "roles: {dba: [\"ann lee\"]}\n", 3, 15, "only letters", "ann@example.com" },
	{ "roles: {dba: [ann, bob, ann]}\n", 3, 25, "'ann' twice", "Remove one" },
	{ "roles: {dba: [ann, Ann]}\n", 3, 20, "'Ann' twice", "upper and lower case" },
	{ "roles: {dba: [1]}\n", 3, 15, "must be text", "\"1\"" },
	/* people */
	{ "people: [ann]\n", 3, 9, "must be a mapping", "people: {ann@example.com" },
	{ "people: {ann: bob}\n", 3, 15, "must be a list", "ann@home.example" },
	{ "people: {ann: []}\n", 3, 15, "is empty", "ann@home.example" },
	{ "people: {\"*\": [ann]}\n", 3, 10, "not a pattern", "ann@example.com" },
	{ "people: {ann: [\"*@example.com\"]}\n", 3, 16, "not a pattern", "ann@home.example" },
	{ "people: {ann: [\" a\"]}\n", 3, 16, "with a blank", "ann@home.example" },
	{ "people: {ann: [\"a\\tb\"]}\n", 3, 16, "control character", "ann@home.example" },
	{ "people: {ann: [lee, Lee]}\n", 3, 21, "'Lee' twice", "Remove one" },
	{ "people: {ann: [lee], Ann: [x]}\n", 3, 22, "'Ann' is a name of 'ann' already", "one person" },
	{ "people: {ann: [lee], bob: [LEE]}\n", 3, 27, "'LEE' is a name of 'ann' already", "one person" },
	{ "people: {ann: [lee], bob: [ann]}\n", 3, 27, "'ann' is a name of 'ann' already", "one person" },
	{ "people: {ann: [lee], LEE: [x]}\n", 3, 22, "'LEE' is a name of 'ann' already", "one person" },
	{ "people: {ann: [Lee]}\nroles: {dba: [bob, lee]}\n", 4, 14, "'lee' is another name of 'ann'", "Name 'ann' in the role 'dba'" },
	/* approvals */
	{ "approvals: {contract: {need: {dba: 1}}}\n", 3, 31, "unknown role 'dba'", "none" },
	{ "roles: {dba: [ann]}\napprovals: {contract: {need: {dbaa: 1}}}\n", 4, 31, "unknown role 'dbaa'", "'dba'" },
	{ "roles: {dba: [ann]}\napprovals: {contract: {need: {dba: 0}}}\n", 4, 36, "out of range: 0", "from 1 to" },
	{ "roles: {dba: [ann]}\napprovals: {contract: {need: {dba: -1}}}\n", 4, 36, "whole decimal", "dba: 1" },
	{ "roles: {dba: [ann]}\napprovals: {contract: {need: {dba: 2}}}\n", 4, 36, "2 approvals as 'dba' can never be had", "has 1 principal:" },
	{ "approvals: {contract: {need: {dba: 3}}}\nroles: {dba: [ann, bob]}\n", 3, 36, "3 approvals as 'dba'", "has 2 principals:" },
	{ "approvals: {contract: {need: {}}}\n", 3, 30, "'need' is empty", "need: {dba: 1}" },
	{ "approvals: {contract: {expires: 4h}}\n", 3, 23, "'need' is missing", "need: {dba: 1}" },
	{ "approvals: {contract: {need: [dba]}}\n", 3, 30, "must be a mapping", "need: {dba: 1}" },
	{ "approvals: {contracts: {need: {dba: 1}}}\n", 3, 13, "cannot be 'contracts'", "'contract'" },
	{ "approvals: {contract: {need: {dba: 1}, exclude_author: yes}}\n", 3, 56, "only true and false", "true" },
	{ "approvals: {contract: {need: {dba: 1}, exclude_pusher: 1}}\n", 3, 56, "only true and false", "true" },
	{ "approvals: {contract: {need: {dba: 1}, exclude-author: true}}\n", 3, 40, "unknown key 'exclude-author'", "'exclude_author'" },
	{ "approvals: {contract: {need: {dba: 1}, expires: 14}}\n", 3, 49, "one of s m h d w", "14d" },
	/* evidence */
	{ "evidence: {backup_max_age: 1}\n", 3, 28, "one of s m h d w", "24h" },
	{ "evidence: {backup_age: 1h}\n", 3, 12, "unknown key 'backup_age'", "" },
	{ "evidence: 24h\n", 3, 11, "must be a mapping", "backup_max_age" },
	/* environments */
	{ "environments: {develop: {}}\n", 3, 15, "must be a list", "name: develop" },
	{ "environments: [{namespace: x}]\n", 3, 16, "'name' is missing", "name: staging" },
	{ "environments: [{name: a}, {name: a}]\n", 3, 34, "'a' is there twice", "Rename" },
	{ "environments: [{name: prod}, {name: b, after: pro}]\n", 3, 47, "unknown environment 'pro'", "'prod'" },
	{ "environments: [{name: a, after: a}]\n", 3, 33, "circle", "first" },
	{ "environments: [{name: a, after: b}, {name: b, after: a}]\n", 3, 33, "circle", "first" },
	{ "environments: [{name: c}, {name: a, after: b}, {name: b, after: a}]\n", 3, 44, "circle", "first" },
	{ "environments: [{name: a, namespace: A_b}]\n", 3, 37, "not a name for Kubernetes", "staging" },
	{ "environments: [{name: on}]\n", 3, 23, "must be text", "\"on\"" },
	/* flux */
	{ "flux: {}\n", 3, 7, "'source' is missing", "GitRepository" },
	{ "flux: {source: {kind: GitRepository}, path: x}\n", 3, 16, "'name' is missing", "flux-system" },
	{ "flux: {source: {kind: git, name: x}, path: x}\n", 3, 23, "not a kind", "GitRepository" },
	{ "flux: {source: {kind: A, name: x}, path: /x}\n", 3, 42, "relative to the root", "flux/migrations" },
	{ "flux: {source: {kind: A, name: x}, path: x, image: \"a b\"}\n", 3, 52, "without blanks", "registry" },
	{ "flux: {source: {kind: A, name: x}, path: x, app: {name: web}}\n", 3, 50, "'kind' is missing", "Deployment" },
	{ "flux: []\n", 3, 7, "must be a mapping", "source" },
};

/* The whole text. */
static const struct bad wholes[] = {
	{ "", 1, 1, "empty", "version: 1" },
	{ "# only a comment\n", 1, 1, "empty", "version: 1" },
	{ "shop\n", 1, 1, "must be a mapping", "version: 1" },
	{ "[]\n", 1, 1, "must be a mapping", "version: 1" },
	{ "version: 1\n", 1, 1, "'project' is missing", "project: shop" },
	{ "\n\nproject: shop\n", 3, 1, "'version' is missing", "version: 1" },
	{ "version: 0\nproject: shop\n", 1, 10, "out of range", "from 1" },
	{ "version: 2147483648\nproject: shop\n", 1, 10, "out of range", "from 1" },
	{ "version: 1.0\nproject: shop\n", 1, 10, "whole decimal", "version: 1" },
	{ "version: 01\nproject: shop\n", 1, 10, "whole decimal", "version: 1" },
	{ "version: 1\nproject: Shop\n", 2, 10, "lower-case letter", "project: shop" },
	{ "version: 1\nproject: my shop\n", 2, 10, "only a-z", "project: shop" },
	{ "version: 1\nproject: 123\n", 2, 10, "must be text", "\"123\"" },
	{ "version: 1\nproject: null\n", 2, 10, "must be text", "\"null\"" },
	{ "version: 1\nproject: \xd1\x95hop\n", 2, 10, "lower-case letter", "project: shop" },
	{ "\xef\xbb\xbfversion: 1\n", 1, 1, "U+FEFF", "Remove" },
	{ "version: 1\rproject: shop\r", 1, 11, "ends no line", "Remove" },
};
/* clang-format on */

static void check_bad(const struct bad *b, const char *head)
{
	struct gm_arena a = GM_ARENA_INIT;
	char *text = gm_printf(&a, "%s%s", head, b->text);
	struct gm_policy p = { .version = 77 };
	struct gm_err err;

	if (read_policy(&p, &a, gm_str(text), &err) == 0)
		fail_msg("accepted: %s", text);
	if (err.line != b->line || err.column != b->column ||
	    !strstr(err.msg, b->says) || !strstr(err.hint, b->hint))
		fail_msg("%s: %zu:%zu: %s\n%s", text, err.line, err.column,
			 err.msg, err.hint);
	assert_int_equal(err.code, GM_EPOLICY);
	assert_string_equal(err.path, "main:p.yaml");
	assert_true(err.hint[0]);
	assert_int_equal(p.version, 77);
	gm_arena_done(&a);
}

static void test_refuses(void **state)
{
	(void)state;
	for (size_t i = 0; i < GM_COUNT(bads); i++)
		check_bad(&bads[i], HEAD);
	for (size_t i = 0; i < GM_COUNT(wholes); i++)
		check_bad(&wholes[i], "");
}

static void test_too_large(void **state)
{
	struct gm_arena a = GM_ARENA_INIT;
	const size_t len = 10 << 20;
	char *text = gm_alloc(&a, len);
	struct gm_policy p;
	struct gm_err err;

	(void)state;
	memset(text, '#', len);
	memcpy(text, HEAD, strlen(HEAD));
	assert_int_equal(
		read_policy(&p, &a, (struct gm_str){ text, len }, &err), -1);
	assert_int_equal(err.code, GM_EPOLICY);
	assert_non_null(strstr(err.msg, "larger than 256 KiB"));
	assert_int_equal(err.line, 0);
	/* The limit itself is fine. */
	assert_ok(read_policy(&p, &a, (struct gm_str){ text, GM_POLICY_MAX },
			      &err));
	assert_int_equal(read_policy(&p, &a,
				     (struct gm_str){ text, GM_POLICY_MAX + 1 },
				     &err),
			 -1);
	gm_arena_done(&a);
}

/* Is byte `at` of the example inside a key of a mapping in block style? */
static bool in_key(size_t at)
{
	size_t start = at;

	while (start && example[start - 1] != '\n')
		start--;
	for (size_t i = start; i < at; i++)
		if (example[i] == ':' || example[i] == ' ')
			return false;
	return at > start;
}

/*
 * However the file is cut off: no crash, and where it is accepted, it is cut
 * behind a whole value.
 */
static void test_truncated(void **state)
{
	size_t len = strlen(example), accepted = 0;

	(void)state;
	for (size_t at = 0; at < len; at++) {
		struct gm_arena a = GM_ARENA_INIT;
		/* Of its own, so that a read past the end is noticed. */
		char *text = gm_strndup(&a, example, at);
		struct gm_policy p;
		struct gm_err err;

		if (read_policy(&p, &a, (struct gm_str){ text, at }, &err) <
		    0) {
			assert_int_equal(err.code, GM_EPOLICY);
			assert_true(err.hint[0]);
		} else {
			accepted++;
			if (in_key(at))
				fail_msg("cut inside a key at %zu", at);
		}
		gm_arena_done(&a);
	}
	assert_true(accepted > 0);
}

/* One byte changed: it may mean something else, but it must not crash. */
static void test_mutated(void **state)
{
	static const char bytes[] = { '\0', '\n', ':', '{', '"', '&',   '*',
				      '[',  '\t', '#', '-', '!', '\xff' };
	size_t len = strlen(example);

	(void)state;
	for (size_t at = 0; at < len; at++) {
		struct gm_arena a = GM_ARENA_INIT;
		char *text = gm_strndup(&a, example, len);
		struct gm_policy p;
		struct gm_err err;

		text[at] = bytes[at % sizeof(bytes)];
		if (read_policy(&p, &a, (struct gm_str){ text, len }, &err) < 0)
			assert_true(err.line > 0 && err.column > 0);
		gm_arena_done(&a);
	}
}

static void test_matching(void **state)
{
	struct gm_arena a = GM_ARENA_INIT;
	struct gm_policy p;
	struct gm_err err;

	(void)state;
	assert_ok(read_policy(&p, &a, gm_str(example), &err));
	assert_true(gm_policy_protects(&p, "refs/heads/main"));
	assert_true(gm_policy_protects(&p, "refs/heads/release/1"));
	assert_false(gm_policy_protects(&p, "refs/heads/release/1/2"));
	assert_false(gm_policy_protects(&p, "refs/heads/topic"));
	assert_false(gm_policy_protects(&p, "main"));
	assert_true(gm_policy_neutral(&p, GM_STR("docs/a/b.txt")));
	assert_true(gm_policy_neutral(&p, GM_STR("README.md")));
	assert_true(gm_policy_neutral(&p, GM_STR("db/schema.sql")));
	assert_false(gm_policy_neutral(&p, GM_STR("src/app.c")));
	gm_arena_done(&a);
}

static void test_default(void **state)
{
	struct gm_arena a = GM_ARENA_INIT;
	struct gm_policy p;

	(void)state;
	gm_policy_default(&p, &a);
	assert_true(p.is_default);
	assert_int_equal(p.n_migrations, 0);
	assert_int_equal(p.window_minimum, 0);
	assert_false(p.owner_required || p.flag_required);
	assert_int_equal(p.severity[GM_RULE_MISSING_PHASE], GM_SEV_OFF);
	assert_int_equal(p.severity[GM_RULE_MIXED_DESTRUCTIVE], GM_SEV_ERROR);
	assert_int_equal(p.postgres, 15);
	assert_true(gm_policy_protects(&p, "refs/heads/main"));
	assert_true(gm_policy_protects(&p, "refs/heads/master"));
	assert_false(gm_policy_protects(&p, "refs/heads/topic"));
	gm_arena_done(&a);
}

static const struct gm_tmpl_var vars[] = {
	{ "project", "shop" },          { "branch", "trunk" },
	{ "migrations", "db/m" },       { "layout", "auto" },
	{ "dumps", "db/schema.sql" },   { "neutral", ", \"db/schema.sql\"" },
	{ "sources", "src/schema.rs" }, { NULL, NULL },
};

/* What `init` writes reads, with its examples commented out or in. */
static void test_template(void **state)
{
	struct gm_arena a = GM_ARENA_INIT;
	struct gm_str text, rest, line;
	struct gm_buf all = gm_buf(&a);
	struct gm_policy p;
	struct gm_err err = GM_ERR_INIT;

	(void)state;
	assert_ok(gm_tmpl_fill(&text, &a, "policy.yaml",
			       gm_embed("policy/policy.yaml"), vars, &err));
	assert_ok(read_policy(&p, &a, text, &err));
	assert_string_equal(p.project, "shop");
	assert_true(gm_policy_protects(&p, "refs/heads/trunk"));
	assert_false(gm_policy_protects(&p, "refs/heads/main"));
	assert_string_equal(p.migrations[0].path, "db/m");
	assert_true(gm_policy_neutral(&p, GM_STR("db/schema.sql")));
	assert_false(gm_policy_neutral(&p, GM_STR("src/schema.rs")));
	assert_int_equal(p.n_roles, 0);

	rest = text;
	while (gm_str_line(&line, &rest)) {
		if (line.len > 1 && line.ptr[0] == '#' &&
		    (line.ptr[1] != ' ' || line.ptr[2] == ' '))
			line = gm_str_sub(line, 1, line.len);
		gm_buf_str(&all, line);
		gm_buf_putc(&all, '\n');
	}
	assert_ok(read_policy(&p, &a, gm_buf_view(&all), &err));
	assert_true(p.n_roles > 0);
	assert_non_null(gm_policy_approval(&p, "contract"));
	gm_arena_done(&a);
}

GM_UNIT_MAIN(cmocka_unit_test(test_example_head),
	     cmocka_unit_test(test_example_tail),
	     cmocka_unit_test(test_absent_keys),
	     cmocka_unit_test(test_shorthands), cmocka_unit_test(test_people),
	     cmocka_unit_test(test_refuses), cmocka_unit_test(test_too_large),
	     cmocka_unit_test(test_truncated), cmocka_unit_test(test_mutated),
	     cmocka_unit_test(test_matching), cmocka_unit_test(test_default),
	     cmocka_unit_test(test_template))
