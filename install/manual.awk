# Makes a manual page of what a program says with --help:
#   PROGRAM --help | awk -v name=PROGRAM -v section=1 -v version=0.1.0 -f install/manual.awk
# Paragraphs are divided by empty lines. The first one is the usage; the second begins with what the program does. One whose
# first line ends with a colon, or begins with the words of `short` below, begins a section. A line that is indented by two
# begins an item, whose text stands behind it, after two spaces, or, indented further, below.

BEGIN {
    short = "^(Over HTTP|Exit status): "
    printf ".TH %s %s \"\" \"camera-sheet-backup %s\" \"Backups of the camera sheet\"\n", toupper(name), section, version
    # No word is divided, or it could not be copied.
    print ".nh\n.ad l"
}

# What troff would take for a command of its own, or for a typographer's dash.
function escape(text) {
    gsub(/\\/, "\\e", text)
    gsub(/-/, "\\-", text)
    sub(/^[.']/, "\\\\\\&&", text)
    return text
}

function heading(text) {
    print ".SH " toupper(text)
    is_new = is_item = 0
}

function tell_usage(text) {
    usage = substr(text, length("Usage: ") + 1)
}

# The first sentence, up to what explains it: "takes a backup of the live database".
function tell_name(text,    summary) {
    summary = text
    sub(/[:.]([ ].*)?$/, "", summary)
    heading("name")
    printf "%s \\- %s\n", escape(name), escape(tolower(substr(summary, 1, 1)) substr(summary, 2))
    heading("synopsis")
    print ".B " escape(name)
    print escape(substr(usage, index(usage " ", " ") + 1))
    heading("description")
}

function tell_item(text,    gap) {
    text = substr(text, 3)
    gap = match(text, /  +/)
    print ".TP"
    print ".B " escape(gap ? substr(text, 1, gap - 1) : text)
    if (gap) print escape(substr(text, gap + RLENGTH))
}

NR == 1 { tell_usage($0); next }
/^$/ { is_new = 1; next }
!named { named = 1; tell_name($0) }
is_new && /^[^ ].*:$/ { heading(substr($0, 1, length($0) - 1)); next }
$0 ~ short { heading(substr($0, 1, index($0, ":") - 1)); sub(short, "") }
/^  [^ ]/ { tell_item($0); is_item = 1; is_new = 0; next }
/^[^ ]/ && (is_new || is_item) { print ".PP"; is_item = 0 }
{ is_new = 0; sub(/^ +/, ""); print escape($0) }

END {
    heading("see also")
    print section == 1 ? ".BR camera\\-sheet\\-backup (8)" : ".BR health (1)"
}
