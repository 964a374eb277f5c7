# tests/e2e/job.sh: the Jobs that emit writes, run as a node would run them: the
# command, with the environment it names and no other, and the files it mounts.
#
# gm_job <dir>: run the Job in that directory, where its files lie below job/
# and nothing but its own is to be written to.  The secret with the connection
# has what PGHOST and so on say here.
# gm_job_begin <dir>: the same in the background, as process $gm_job_pid; what
# it says is in job.out.
# gm_job_account: the directory with what the account of the pod would have;
# gm_job_server: the address at which the API server answers.
# gm_job_name <dir>: what the Job is called.
#
# gm_stage <id> <stage>: write the manifests of `shop` for that stage of
# staging, and print its directory.
# gm_ledger <id>: its state, how often it was applied, and its steps that are
# done: "applied 1 2".
# gm_wait <condition> [<n>]: until there are n (1) such sessions.
# shellcheck shell=sh
# shellcheck disable=SC2154 # whoever reads this file has read pg.sh

gm_job_name() {
	sed -n 's/^  name: "\(.*\)"$/\1/p' "$1/job.yaml" | head -n 1
}

# What is mounted where: "<volume> <path>" a line.
gm_job_mounts() {
	awk '/^      volumes:/ { exit }
	on && $2 == "name:" { name = $3 }
	on && $1 == "mountPath:" { print name, $2 }
	/^        volumeMounts:/ { on = 1 }' "$1/job.yaml" | tr -d '"'
}

# What volumes hold: "<volume> <kind> <key> <path>" a line; where no keys are
# named, "<volume> <kind>".
gm_job_volumes() {
	awk 'function all() { if (on > 1 && !keys) print name, kind }
	/^      volumes:/ { on = 1; next }
	!on { next }
	/^      - name:/ { all(); name = $3; on = 2; keys = 0 }
	/^        [a-zA-Z]+:/ { kind = $1 }
	/^          - key:/ { key = $3 }
	/^            path:/ { print name, kind, key, $2; keys = 1 }
	END { all() }' "$1/job.yaml" | tr -d '":{}'
}

# The files of its ConfigMap, by their keys, into job/config/.
gm_job_config() {
	mkdir job/config && sed -n '/^  files:/,/^  options:/s/^  - "\(.*\)"$/\1/p' \
		"$1/kustomization.yaml" >job/files &&
		while read -r gm_file; do
			cp "$1/${gm_file#*=}" "job/config/${gm_file%%=*}" ||
				return 1
		done <job/files
}

gm_job_mount() {
	gm_job_mounts "$1" >job/mounts && gm_job_volumes "$1" >job/volumes &&
		while read -r gm_volume gm_path; do
			mkdir -p "job/root$gm_path"
			while read -r gm_name gm_kind gm_key gm_file; do
				test "$gm_name" = "$gm_volume" || continue
				case $gm_kind$gm_key in
				configMap)
					cp job/config/* "job/root$gm_path"
					;;
				configMap?*)
					cp "job/config/$gm_key" \
						"job/root$gm_path/$gm_file"
					;;
				secret?*) : >"job/root$gm_path/$gm_file" ;;
				projected)
					cp "$gm_job_account"/* "job/root$gm_path"
					;;
				esac || return 1
			done <job/volumes
		done <job/mounts
}

# A path in there, as it is here.
gm_job_path() {
	while read -r gm_volume gm_path; do
		case $1 in
		"$gm_path" | "$gm_path"/*)
			printf '%s\n' "$PWD/job/root$1"
			return
			;;
		esac
	done <job/mounts
	printf '%s\n' "$1" |
		sed "s|^https://kubernetes.default.svc/|${gm_job_server-}/|"
}

# The environment, a line each: as it stands there, or of the secret.
gm_job_environment() {
	sed -n '/^        env:/,/^        securityContext:/p' "$1/job.yaml" |
		sed -n 's/^ *\(- name\|value\|key\): "\(.*\)"$/\1 \2/p' |
		while read -r gm_what gm_first gm_rest; do
			case $gm_what$gm_first in
			-*) gm_name=${gm_rest} ;;
			value*)
				echo "$gm_name=$(gm_job_path \
					"$gm_first${gm_rest:+ $gm_rest}")"
				;;
			keyhost) echo "$gm_name=$PGHOST" ;;
			keyport) echo "$gm_name=$PGPORT" ;;
			keydbname) echo "$gm_name=$PGDATABASE" ;;
			keyusername) echo "$gm_name=$PGUSER" ;;
			keypassword) echo "$gm_name=unused" ;;
			*) return 1 ;;
			esac
		done
}

gm_job() {
	rm -rf job && mkdir -p job/cwd && gm_job_config "$1" &&
		gm_job_mount "$1" && gm_job_environment "$1" >job/env &&
		sed -n '/^        command:/,/^        env:/s/^        - "\(.*\)"$/\1/p' \
			"$1/job.yaml" >job/command &&
		test -s job/command || return 1
	set -- env -i "PATH=$PATH" "LSAN_OPTIONS=$LSAN_OPTIONS" \
		${GIT_MIGRATE_NOW+"GIT_MIGRATE_NOW=$GIT_MIGRATE_NOW"}
	while read -r gm_line; do
		set -- "$@" "$gm_line"
	done <job/env
	while read -r gm_line; do
		set -- "$@" "$(gm_job_path "$gm_line")"
	done <job/command
	if test -n "${gm_job_exec-}"; then
		cd job/cwd && exec "$@"
	fi
	(cd job/cwd && exec "$@")
	gm_got=$?
	test -z "$(ls job/cwd)" || return 1
	return $gm_got
}

gm_job_begin() {
	(
		gm_job_exec=yes
		gm_job "$1"
	) >job.out 2>&1 &
	gm_job_pid=$!
}

gm_stage() {
	git -C shop migrate emit "$1" --env staging --stage "$2" -o ../out \
		>/dev/null || return 1
	echo "out/flux/migrations/staging/$(echo "$1" | tr _ -)"/*-"$2"
}

gm_ledger() {
	gm_sql "SELECT concat_ws(' ', state, (SELECT count(*) FROM
			git_migrate.event e WHERE e.migration = m.id AND
			e.kind = 'applied'), (SELECT count(*) FROM
			git_migrate.step s WHERE s.migration = m.id AND
			s.state = 'done'))
		FROM git_migrate.migration m WHERE id = '$1'"
}

gm_wait() {
	gm_n=0
	until test "$(gm_sql "SELECT count(*) FROM pg_stat_activity
			WHERE $1")" = "${2-1}"; do
		gm_n=$((gm_n + 1))
		test $gm_n -lt 300 || return 1
		sleep 0.2
	done
}
