#!/bin/sh
# Tells ClaudeBridge what a Claude Code session works on: repository, branch, worktree.
#
# For the hooks SessionStart and UserPromptSubmit; see config/claude-code.hooks.json. Reads the hook's JSON from stdin, prints nothing, always exits with 0.
# The work is done in the background, so that Claude Code never waits for git, for the bridge or for a network.
#
#   CLAUDEBRIDGE_URL       where the bridge is; default http://127.0.0.1:4319
#   CLAUDEBRIDGE_API_KEY   its key, when it has one
#
# Needs git, curl and awk; does nothing where one of them is missing. Never asks git for its status, which takes long in a large repository.

# What is needed stands before the prompt, which may be long; all of it is read, so that the writer never meets a closed pipe.
input=$({ head -c 65536; cat >/dev/null; } 2>/dev/null)
{
    command -v git && command -v curl && command -v awk || exit 0
    trap '' HUP
    # Bytes, whatever the user's language: awk reads and cuts UTF-8 by hand.
    LC_ALL=C
    GIT_OPTIONAL_LOCKS=0
    GIT_TERMINAL_PROMPT=0
    export LC_ALL GIT_OPTIONAL_LOCKS GIT_TERMINAL_PROMPT

    # The value of one member of the hook's JSON, decoded. In other texts its name could only stand with escaped quotes, which do not match.
    member() {
        printf '%s\n' "$input" | tr -d '\r\n' | awk -v name="$1" '
            function hex(digits,  i, value) {
                value = 0
                for (i = 1; i <= length(digits); i++)
                    value = value * 16 + index("0123456789abcdef", tolower(substr(digits, i, 1))) - 1
                return value
            }
            function utf8(code) {
                if (code < 128) return sprintf("%c", code)
                if (code < 2048) return sprintf("%c%c", 192 + int(code / 64), 128 + code % 64)
                if (code < 65536) return sprintf("%c%c%c", 224 + int(code / 4096), 128 + int(code / 64) % 64, 128 + code % 64)
                return sprintf("%c%c%c%c", 240 + int(code / 262144), 128 + int(code / 4096) % 64, 128 + int(code / 64) % 64, 128 + code % 64)
            }
            {
                if (!match($0, "\"" name "\"[ \t]*:[ \t]*\"")) exit
                rest = substr($0, RSTART + RLENGTH)
                if (!match(rest, /^([^"\\]|\\.)*"/)) exit
                rest = substr(rest, 1, RLENGTH - 1)
                text = ""
                while ((at = index(rest, "\\")) > 0) {
                    text = text substr(rest, 1, at - 1)
                    kind = substr(rest, at + 1, 1)
                    used = 2
                    if (kind == "u") {
                        code = hex(substr(rest, at + 2, 4))
                        used = 6
                        if (code >= 55296 && code < 56320 && substr(rest, at + 6, 2) == "\\u") {
                            code = 65536 + (code - 55296) * 1024 + hex(substr(rest, at + 8, 4)) - 56320
                            used = 12
                        }
                        if (code < 32) exit
                        text = text utf8(code)
                    }
                    else if (kind ~ /[bfnrt]/) exit
                    else text = text kind
                    rest = substr(rest, at + used)
                }
                printf "%s", text rest
            }'
    }

    # Percent-encodes all but the unreserved bytes.
    encode() {
        printf '%s\n' "$1" | awk '
            BEGIN { for (i = 1; i < 256; i++) code[sprintf("%c", i)] = i }
            {
                for (i = 1; i <= length($0); i++) {
                    byte = substr($0, i, 1)
                    printf "%s", byte ~ /[A-Za-z0-9._~-]/ ? byte : sprintf("%%%02X", code[byte])
                }
            }'
    }

    # "key":"value" for every pair of arguments whose value is not empty: at most 200 bytes, cut between characters; escaped, no control characters.
    object() {
        while [ $# -gt 1 ]; do
            printf '%s' "$2" | tr -d '\000-\037\177' | awk -v key="$1" '
                {
                    if (length($0) > 200) {
                        cut = 200
                        while (cut > 0 && substr($0, cut + 1, 1) ~ /[\200-\277]/) cut--
                        $0 = substr($0, 1, cut)
                    }
                    gsub(/\\/, "\\\\&")
                    gsub(/"/, "\\\\&")
                    printf ",\"%s\":\"%s\"", key, $0
                }'
            shift 2
        done
    }

    session=$(member session_id)
    folder=$(member cwd)
    [ -n "$session" ] || exit 0
    cd -- "${folder:-.}" || exit 0

    top=$(git rev-parse --show-toplevel) && [ -n "$top" ] || exit 0
    worktree=${top##*/}
    branch=$(git symbolic-ref --quiet --short HEAD) || branch=$(git rev-parse --short HEAD)

    # The remote's path without host and credentials. Without a remote, or with one on this disk, the name alone.
    remote=$(git config --get remote.origin.url) || remote=$(git config --get-regexp '^remote\..*\.url$' | sed -n '1s/^[^ ]* //p')
    remote=${remote%%[?#]*}
    while [ "$remote" != "${remote%/}" ]; do remote=${remote%/}; done
    remote=${remote%.git}
    case $remote in
        '') common=$(git rev-parse --git-common-dir) && common=$(cd -- "$common" && pwd -P)
            common=${common%/.git}
            repository=${common##*/}
            repository=${repository%.git} ;;
        file://* | /* | .* | [A-Za-z]:[\\/]*) repository=${remote##*[/\\]} ;;
        *://*) repository=${remote#*://}
            repository=${repository#*/} ;;
        *@\[*\]:*) repository=${remote#*\]:}
            repository=${repository#/} ;;
        *:*) repository=${remote#*:}
            repository=${repository#/} ;;
        *) repository=${remote##*/} ;;
    esac

    # Apart, and under the names that the client's own attributes are shown by, so that both add up to one.
    owner=
    case $repository in
        */*) owner=${repository%/*}
            repository=${repository##*/} ;;
    esac

    facts=$(object repository "$repository" repository_owner "$owner" branch "$branch" worktree "$worktree")
    [ -n "$facts" ] || exit 0
    # What an earlier folder said must not stay beside this one's name.
    [ -n "$owner" ] || facts="$facts,\"repository_owner\":null"
    url=${CLAUDEBRIDGE_URL:-http://127.0.0.1:4319}
    # The key goes by stdin: arguments can be read by every user of the machine.
    {
        [ -z "$CLAUDEBRIDGE_API_KEY" ] || printf 'header = "x-api-key: %s"\n' "$(printf '%s' "$CLAUDEBRIDGE_API_KEY" | sed 's/[\\"]/\\&/g')"
    } | curl -q --silent --output /dev/null --connect-timeout 1 --max-time 3 --noproxy "127.0.0.1,localhost,::1,${NO_PROXY:-$no_proxy}" \
        --request PUT --header 'Content-Type: application/json' --data-binary "{${facts#,}}" --config - \
        "${url%/}/api/sessions/$(encode "$session")/context"
} </dev/null >/dev/null 2>&1 &
exit 0
