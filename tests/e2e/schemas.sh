# tests/e2e/schemas.sh: what manifests are held against, where it is there: in
# build-schemas, or where GM_SCHEMAS says.  `make schemas` fetches it.
#
# Prerequisites: KUSTOMIZE, SCHEMAS, YAML (for python), CEL.
# gm_kustomize <dir>: what kustomize makes of it.
# gm_schemas <file>...: does every object pass the schema of its kind?
# gm_cel <kind> <file>...: is whatever is waited for in there what the samples
# on standard input say?  See tests/lib/cel.
# shellcheck shell=sh

: "${GM_SCHEMAS:=$gm_top/build-schemas}"
PATH=$PATH:$GM_SCHEMAS/bin
PYTHONPATH=$GM_SCHEMAS/python${PYTHONPATH+:$PYTHONPATH}
PYTHONDONTWRITEBYTECODE=1
export PATH PYTHONPATH PYTHONDONTWRITEBYTECODE

gm_kustomize() {
	set -- --load-restrictor LoadRestrictionsNone "$1"
	if command -v kustomize >/dev/null; then
		kustomize build "$@"
	else
		kubectl kustomize "$@"
	fi
}

gm_schemas() {
	"$gm_top/tests/lib/schemas" "$GM_SCHEMAS" "$@"
}

gm_cel() {
	gm_kind=$1
	shift
	cat >samples && "$gm_top/tests/lib/cel" "$gm_kind" samples "$@"
}

# gm_has <prerequisite> <command>...: it is there when the command succeeds.
gm_has() {
	gm_prereq=$1
	shift
	if "$@" >/dev/null 2>&1; then
		test_set_prereq "$gm_prereq"
	else
		say "skipping what needs $gm_prereq; to have it: make schemas"
	fi
}

echo 'resources: []' | gm_write empty/kustomization.yaml
gm_has KUSTOMIZE gm_kustomize empty
gm_has SCHEMAS python3 -c "import jsonschema, yaml, os
os.listdir('$GM_SCHEMAS/kubernetes'), os.listdir('$GM_SCHEMAS/crds')"
gm_has YAML python3 -c 'import yaml'
gm_has CEL python3 -c 'import celpy, yaml'
