# tests/e2e/recorder.sh: a git-migrate that only writes down, in $LOG, how a
# hook called it, and exits with $OURS_SAYS.
# shellcheck shell=sh

gm_hook "$gm_base/recorder/git-migrate" <<\SCRIPT
#!/bin/sh
{
	echo "ours: $*"
	case $2 in
	pre-push | pre-receive | post-receive) sed 's/^/ours got: /' ;;
	esac
} >>"$LOG"
exit "${OURS_SAYS:-0}"
SCRIPT
LOG=$gm_base/log
export LOG

# recorded <command>...: run it where hooks reach that program.
recorded() {
	: >"$LOG"
	PATH="$gm_base/recorder:$PATH" "$@"
}
