#!/bin/sh
# readme - what the READMEs name is there: files, sections, verbs, and their
# options
. tests/lib.sh

cat >"$TMPDIR/readme.py" <<'END'
import glob, re, subprocess, sys

# what the reader is to make is not there
INVENTED = re.compile(r"describe-things")
FILE = re.compile(r"`((?:images|bundle|launcher|tests|examples)/[\w./*-]+)`")
WORDS = {"kms", "rbin", "ebs", "autoscaling", "region", "clock", "lifecycle",
         "price", "quota", "account", "access-key", "help"}
found, wrong, helps = {"files": 0, "options": 0, "sections": 0}, [], {}


def help_of(verb):
    if verb not in helps:
        told = subprocess.run(["qami", "help"] + verb.split(), text=True,
                              stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL)
        helps[verb] = told.stdout if told.returncode == 0 else None
    return helps[verb]


def commands(text):
    """The examples' commands, each on one line, without comments."""
    for block in re.findall(r"(?:^    .*\n)+", text, re.M):
        for line in block.replace("\\\n", " ").split("\n"):
            line = re.sub(r"\s#.*", "", line)
            for said in re.findall(r"\bqami ((?:--[\w-]+ [^- ]\S* )*)"
                                   r"([a-z][^|)<>]*)", line):
                yield said[1]


def prose(text):
    """What is neither an example nor code in a line."""
    return re.sub(r"`[^`]*`", "", re.sub(r"^    .*\n", "", text, flags=re.M))


general = help_of("") or ""
general += subprocess.check_output(["qami", "pod"], text=True)
texts = {}
for path in ["README.md"] + glob.glob("*/README.md") + \
        glob.glob("*/*/README.md"):
    with open(path, encoding="utf-8") as file:
        texts[path] = file.read()
sections = re.findall(r"^##* (.*)$", "\n".join(texts.values()), re.M)
for path, text in texts.items():
    for title in re.findall(r'"([A-Z][^"]*)"', prose(text)):
        found["sections"] += 1
        if " ".join(title.split()) not in sections:
            wrong.append(f"{path}: there is no section '{title}'")
    for name in FILE.findall(text):
        found["files"] += 1
        if not INVENTED.search(name) and not glob.glob(name):
            wrong.append(f"{path}: there is no {name}")
    for command in commands(text):
        words = command.split()
        if "…" in words[0] or not re.fullmatch(r"[a-z][a-z0-9-]*", words[0]):
            continue
        verb = " ".join(words[:2]) if words[0] in WORDS else words[0]
        told = help_of(verb)
        if told is None:
            wrong.append(f"{path}: there is no verb '{verb}'")
            continue
        # what follows -- is for somebody else
        for word in command.split(" -- ")[0].split():
            option = re.match(r"--[a-z][\w-]*", word)
            if not option:
                continue
            found["options"] += 1
            if not re.search(re.escape(option[0]) + r"\b", told + general):
                wrong.append(f"{path}: '{verb}' takes no {option[0]}")
if found["files"] < 40 or found["options"] < 150 or found["sections"] < 9:
    wrong.append(f"looked at too little: {found}")
print("\n".join(wrong), file=sys.stderr)
sys.exit(bool(wrong))
END
python3 -I "$TMPDIR/readme.py"
