#!/usr/bin/env bash
# Writes each report of a folder into its comment of a pull request, found again by its hidden first line.
#
#     GH_TOKEN=... GITHUB_REPOSITORY=owner/name PULL_REQUEST=12 comment.sh FOLDER
#
# The reports are data, and may come from a fork: nothing in them is run, and what is no report is not posted.
# Always ends with 0: a comment that could not be written is no reason to fail a build.
set -uo pipefail
cd "$1" || exit 0

issues="repos/$GITHUB_REPOSITORY/issues"

skip() { echo "::notice title=tuner gate::no comment was written: $1"; }

# The number of the bot's own comment with this marker; nothing where there is none.
find_comment() {
    gh api --paginate "$issues/$PULL_REQUEST/comments?per_page=100" |
        jq -rs --arg marker "$1" \
            '[.[][] | select(.user.type == "Bot") | select(.body | startswith($marker))][0].id // empty'
}

write_comment() {
    local document=$1 report=${1%.json}.md marker id body
    marker=$(jq -er '.comment_marker | select(test("^<!-- tuner-gate: [^<>\\r\\n]{0,300} -->$"))' "$document") || return 0
    id=$(find_comment "$marker") || { skip "the comments could not be read"; return 0; }
    if [ -f "$report" ]; then
        body=$(jq -Rs --arg marker "$marker" 'select(startswith($marker) and length < 65000) | {body: .}' "$report")
    elif [ -n "$id" ]; then # what it says is out of date
        body=$(jq -n --arg marker "$marker" '{body: "\($marker)\nNo change that is worth a comment any more."}')
    else
        return 0
    fi
    [ -n "$body" ] || { skip "$report is no report"; return 0; }
    if [ -n "$id" ]; then
        gh api --silent --method PATCH "$issues/comments/$id" --input - <<<"$body"
    else
        gh api --silent --method POST "$issues/$PULL_REQUEST/comments" --input - <<<"$body"
    fi || skip "the token may not write to pull requests"
}

for document in *.json; do
    [ -f "$document" ] && write_comment "$document"
done
exit 0
