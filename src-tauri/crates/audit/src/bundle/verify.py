#!/usr/bin/env python3
"""Checks a Drillbook audit bundle with Python's standard library and ssh-keygen alone.

usage: python3 verify.py [FOLDER] [--allowed-signers FILE] [--earlier CHECKPOINT]...
exit:  0 it holds, 1 it does not hold, 2 it cannot be used; README.txt says what nobody can see
"""
import argparse, base64, functools, hashlib, json, os, pathlib, re, subprocess, sys, urllib.parse
from datetime import datetime, timedelta
FORMAT, SKEW, FOUND = "Drillbook audit bundle 1\n", timedelta(seconds=120), "/providers/Drillbook.Found/each"
HIDDEN = {"action.accepted": ["poll_url"], "evidence.attached": ["evidence", "master", "origin"]}  # but from the public
NEEDED = {"action.accepted": {"evidence", "response"}, "evidence.attached": {"evidence", "title"}}
ARMOR = re.compile(b"-----BEGIN SSH SIGNATURE-----\n([A-Za-z0-9+/=\n]+)-----END SSH SIGNATURE-----\n*")
ENTRY = {"_sd", "actor", "at", "drill", "env", "kind", "log", "pub", "seq", "v"}
LOOSE = {"README.txt", "verify.py", "report.html", "allowed_signers"}
problems, leaves, used = [], [], set(LOOSE)

def check(holds, code, sentence):
    holds or problems.append(f"{code}: {sentence}")

def read(name, limit=1 << 28):
    used.add(name)
    if name not in files or os.path.getsize(os.path.join(folder, name)) > limit: raise ValueError(f"{name}: missing or too large")
    return pathlib.Path(folder, name).read_bytes()

lines = lambda name: read(name).decode().removesuffix("\n").split("\n")
time = lambda text: datetime.strptime(text if len(text) == 24 else "no time", "%Y-%m-%dT%H:%M:%S.%fZ")
finger = lambda key: "SHA256:" + base64.b64encode(hashlib.sha256(key).digest()).decode().rstrip("=")
sha = lambda data: "sha256:" + hashlib.sha256(data).hexdigest()
written = lambda value: json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()

def canonical(data):
    """Parses bytes that must be the only way to write their value (RFC 8785, integers only)."""
    small = lambda text: int(text) if abs(int(text)) < 1 << 53 else time(text)  # a number is no time: refused
    ascii = lambda pairs: {key.encode("ascii").decode(): value for key, value in pairs}
    value = json.loads(data.decode(), parse_int=small, parse_float=time, parse_constant=time, object_pairs_hook=ascii)
    if len(data) > 4 << 20 or written(value) != data: raise ValueError("bytes that are not canonical")
    return value

@functools.cache
def root(start, end):
    """Returns the RFC 6962 root over these leaves."""
    if end - start < 2: return leaves[start] if end > start else hashlib.sha256().digest()
    middle = start + (1 << (end - start - 1).bit_length() - 1)
    return hashlib.sha256(b"\1" + root(start, middle) + root(middle, end)).digest()

def signed(name, signature, namespace, at, owners):
    """Returns who signed a file; `owners` says whose key is whose."""
    body = base64.b64decode(ARMOR.fullmatch(read(signature, 65536))[1])
    key = body[14:14 + int.from_bytes(body[10:14], "big")]
    who, touched = owners.get(finger(key), "nobody"), not key[4:].startswith(b"sk-") or body[-5] & 1
    run = subprocess.run(["ssh-keygen", "-Y", "verify", "-f", signers, "-I", who, "-n", f"drill-{namespace}@drillbook",
                          "-O", at.strftime("verify-time=%Y%m%d%H%M%SZ"), "-s", os.path.join(folder, signature)],
                         input=read(name), capture_output=True)
    good = run.returncode == 0 and touched and body[:10] == b"SSHSIG\0\0\0\1"
    check(good, "signature", f"{signature} is no valid {namespace} signature of {who} at {at}")
    return who if good else "nobody"

def by(doc, namespace, at, policy):
    """Returns everybody who signed a document; "nobody" stands for a signature that does not hold."""
    owners = {key: who for who, one in policy["people"].items() for key in one["keys"] if key not in policy["revoked"]}
    signatures = sorted(one for one in files if one.startswith(doc["file"] + "."))
    return {signed(doc["file"], one, namespace, time(at), owners) for one in signatures}

def check_manifest():
    listed = dict(line.split("  ", 1)[::-1] for line in lines("manifest.sha256"))
    check(len(listed) == len(lines("manifest.sha256")), "manifest.malformed", "a file is listed twice")
    for name in sorted(set(listed) ^ files - {"manifest.sha256", "manifest.sha256.sig"}):
        check(False, "manifest.missing" if name in listed else "manifest.added", f"{name} is not in both folder and manifest")
    for name in sorted(files & set(listed)):
        check(sha(read(name, 1 << 32)) == "sha256:" + listed[name], "manifest.altered", f"{name} was altered")

def check_journal(origin):
    entries, last, before = {}, -1, ""
    for line in lines("journal.jsonl"):
        one, leaf = canonical(line.encode()), sha(b"\0" + line.encode())
        seq, at, seals = one["seq"], one["at"], one["_sd"]
        if one["kind"] == "log.continued":  # restored from a backup of the log that it names
            said, old, origin = [one["pub"][key] for key in ("predecessor", "size", "root")], origin, one["log"]
            follows = said == [old, seq, "sha256:" + root(0, min(seq, len(leaves))).hex()] and not one["drill"]
            check(follows, "journal.origin", f"entry {seq} does not go on from the log that it names")
        fits = set(one) == ENTRY and one["v"] == 1 and seals == sorted(set(seals)) and one["env"] == origin.split("/")[1]
        check(fits and one["log"] == origin, "journal.origin", f"entry {seq} is not well formed, or of another log")
        check(last < seq < len(leaves), "journal.order", f"entry {seq} follows entry {last}")
        check(leaves[seq:seq + 1] == [bytes.fromhex(leaf[7:])], "journal.leaf", f"entry {seq} is not the one in leaves.txt")
        check(at >= before, "journal.time", f"the clock went back at entry {seq}")
        entries[seq], last, before = dict(one, leaf=leaf, time=time(at), shown={}, hidden={}), seq, at
    return entries

def check_disclosures(entries, public):
    left = {(seq, one) for seq in entries for one in entries[seq]["_sd"]}
    for line in lines("disclosures.txt"):
        number, how, text, *name = line.split(" ")
        seq, one = int(number), entries[int(number)]
        seal = finger(text.encode())[7:].replace("+", "-").replace("/", "_") if how == "shown" else text
        check((seq, seal) in left, "disclosure.altered", f"a value of entry {seq} is not the recorded one")
        left.discard((seq, seal))
        if how == "shown":
            _, name, value = canonical(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
            check(name not in {**one["shown"], **one["pub"]}, "disclosure.twice", f"{name} of entry {seq}")
            one["shown"][name] = value
        else:
            check(public or name[0] in HIDDEN.get(one["kind"], []), "disclosure.withheld", f"{name} of entry {seq}")
            one["hidden"][name[0]] = text
    for seq, one in entries.items():
        check(all(seq != other for other, _ in left), "disclosure.missing", f"a value of entry {seq} was dropped")
        check(public or NEEDED.get(one["kind"], set()) <= {*one["shown"], "tile_root" in one["pub"] and "evidence"},
              "disclosure.withheld", f"entry {seq} hides too much")

def check_drills(entries, drill, size):
    owner = {}
    for line in lines("drills.txt"):
        name, opened, state, first, last, spans = line.split("\t")
        spans = [span.partition("-")[::2] for span in spans.split(",")]
        own = [seq for low, high in spans for seq in range(int(low), min(int(high or low) + 1, size))]
        fits = [int(first), int(last)] == [own[0], own[-1]] and not owner.keys() & set(own)
        check(fits, "drills.coverage", f"the entries of {name} are miscounted")
        owner.update(dict.fromkeys(own, name))
        shown = [seq for seq in entries if (entries[seq]["drill"] or "-") == name]
        check(name not in ("-", drill) or shown == own, "journal.incomplete", f"not exactly the entries of {name} are here")
        ends = ["open"] + [one["pub"]["end"] for one in entries.values() if one["kind"] == "drill.ended"]
        check(name != drill or [opened, state] == [entries[own[0]]["at"], ends[-1]], "drills.differs", f"{name} is listed falsely")
    check(len(owner) == size and drill in owner.values(), "drills.coverage", "some entries belong to no listed drill")

def check_policy(seq, policy, before):
    judge = before or policy  # the first version is signed by its own owners
    owners = by(policy, "policy", policy["not_before"], judge) & set(judge["owners"])
    fits = [policy["version"], policy.get("prev")] == [before.get("version", 0) + 1, before.get("id")]
    check(fits and len(owners) >= judge["threshold"], "policy.chain", f"the policy of entry {seq} is not signed by its owners")

def check_request(seq, one, doc, now, docs):
    pub, who = one["pub"], by(doc, "request", doc["requested_at"], docs[doc["policy"]])
    said = [doc[key] for key in ("log", "drill", "operator", "policy", "step", "gate", "not_after")] + [doc["runbook"]["digest"]]
    kept = [one["log"], one["drill"], now["operator"], now["policy"], pub["step"], pub["gate"], pub["not_after"], now["runbook"]]
    fits = said == kept and who == {one["actor"]} == {doc["operator"]} and len(doc["covers"]) == pub["covers"]
    fits = fits and {doc["cli"], doc["scope"]} <= set(one["_sd"])  # what it says in words is kept with it
    check(fits and time(doc["requested_at"]) <= one["time"] + SKEW, "request.differs", f"entry {seq} and its document differ")
    return dict(doc, left=doc["covers"][:], actions={})

def check_cover(seq, pub, shown, ask, entries):
    fits = ask["left"] and ask["left"].pop(0) == {"kind": pub["what"], "digest": pub["digest"]}
    if pub["what"] == "action":
        action = None if "document" in entries[seq]["hidden"] else json.loads(shown["document"])
        fits = fits and (not action or sha(written(action)) == pub["digest"])
        ask["actions"][pub["digest"]] = (pub["step"], action and {each["name"]: each for each in action["requests"]})
    else:
        fits = fits and pub["digest"] in {old["leaf"] for old in entries.values() if old["seq"] < seq}
    check(fits, "request.differs", f"entry {seq} is not what the request document covers")

def check_decision(seq, one, doc, ask, policy, made):
    pub, who, rule = one["pub"], doc["reviewer"], policy["gates"][ask["gate"]]
    said = [doc["request"], doc["verdict"], who, doc["not_after"], doc["device"] == ask["device"], {who}]
    kept = [pub["request"], pub["verdict"], pub["reviewer"], pub["not_after"], pub["same_device"]]
    fits = said == kept + [by(doc, "approval", doc["decided_at"], policy)] and one["actor"] == who and doc not in made
    check(fits and time(doc["decided_at"]) <= one["time"] + SKEW, "decision.differs", f"entry {seq} and its document differ")
    check(who.lower() != ask["operator"].lower(), "approval.own_request", f"entry {seq} is the operator's own decision")
    check(set(rule["roles"]) & set(policy["people"][who]["roles"]), "approval.role", f"{who} may not decide at entry {seq}")

def counts(ask, made, policy, at, first, deadline):
    """Whether a decision allows what happened at a time."""
    rule, decided, asked = policy["gates"][ask["gate"]], time(made["decided_at"]), time(ask["requested_at"])
    closed = min(time(ask["not_after"]), asked + timedelta(seconds=rule.get("request_valid_s", 1 << 31)))
    until = decided + timedelta(seconds=rule["approval_valid_s"])
    until = max(until, deadline or until) if ask["gate"] == "cleanup" else min(until, time(made["not_after"]))
    return (made["verdict"] == "approve" and (made["device"] != ask["device"] or rule.get("same_device") == "allow")
            and asked - SKEW <= decided <= min(at + SKEW, closed) and policy["not_before"] <= made["decided_at"] <= policy["not_after"]
            and (at <= until or first and decided - SKEW <= first <= until)
            and made["journal_seen"]["size"] >= ask["journal"]["size"])

def check_intent(seq, one, ask, made, policy, earlier, deadline):
    pub, shown, at = one["pub"], one["shown"], one["time"]
    step, requests = ask["actions"].get(pub["action"], ("", {}))
    sent = (requests or {}).get(pub["request_name"], {"method": "GET" if requests else pub["method"], "path": ""})
    fits = [step, sent["method"], sent["path"], ask["log"]] == [pub["step"], pub["method"], shown.get("path", ""), one["log"]]
    group, found, _ = urllib.parse.unquote(sent["path"]).lower().partition(FOUND.lower())
    inside = shown.get("bound", "").lower().startswith(group + "/") if found else "bound" not in shown
    check(fits and inside and pub["method"] not in ("GET", "HEAD"), "approval.not_covered", f"no approval covers entry {seq}")
    keys = [[*map(old["pub"].get, ("action", "request_name")), (old["hidden"] | old["shown"]).get("bound")] for old in earlier + [one]]
    check(keys[-1] not in keys[:-1], "approval.used", f"the approval of entry {seq} was used before")
    first = min((old["time"] for old in earlier), default=None)
    people = {doc["reviewer"] for doc in made if counts(ask, doc, policy, at, first, deadline)}
    in_force = policy["not_before"] <= ask["requested_at"] <= policy["not_after"] and (
        policy["not_before"] <= one["at"] <= policy["not_after"] or first or ask["gate"] == "cleanup")
    enough = in_force and len(people) >= policy["gates"][ask["gate"]]["quorum"] and "refuse" not in {doc["verdict"] for doc in made}
    check(enough, "approval.quorum", f"not enough people had approved entry {seq}")

def check_drill(entries, docs):
    asked, made, sent, owed, now, policy = {}, [], [], set(), {}, {}
    for seq, one in entries.items():
        kind, pub, shown, head, ask = one["kind"], one["pub"], one["shown"], None, asked.get(one["pub"].get("request"))
        if kind == "policy.adopted":
            check_policy(seq, docs[pub["policy"]], policy)
            now["policy"], policy = pub["policy"], docs[pub["policy"]]
        elif kind == "drill.opened":
            check(pub["policy"] == now["policy"], "policy.differs", f"entry {seq} names a policy that is not in force")
            now.update(pub)
        elif kind == "request.opened":
            head = docs[pub["request"]]["journal"]
            asked[pub["request"]] = check_request(seq, one, docs[pub["request"]], now, docs)
        elif kind == "request.covers":
            check_cover(seq, pub, shown, ask, entries)
        elif kind == "decision.recorded":
            head = docs[pub["decision"]]["journal_seen"]
            check_decision(seq, one, docs[pub["decision"]], ask, docs[ask["policy"]], made)
            made.append(docs[pub["decision"]])
        elif kind == "action.intended":
            under = lambda all: [each for each in all if each.get("pub", each)["request"] == pub["request"]]
            check_intent(seq, one, ask, under(made), docs[ask["policy"]], under(sent), now.get("due"))
            sent.append(one)
        elif kind in ("debt.booked", "debt.paid", "debt.handed_over"):
            (owed.add if kind == "debt.booked" else owed.discard)(pub["debt"])
        elif kind == "drill.ended":
            end = "stopped" if owed else "abandoned" if "drill.aborted" in now else "closed"
            check(pub["end"] == end, "end.differs", f"entry {seq} says {pub['end']}, the entries before it say {end}")
        if kind == "deadline.set" or kind == "debt.booked" and "due" not in now:
            now["due"] = datetime.strptime(pub["deadline"][:19], "%Y-%m-%dT%H:%M:%S")
        now[kind] = True
        if head:
            witnessed = head["size"] <= seq and "sha256:" + root(0, head["size"]).hex() == head["root"]
            check(witnessed, "head.not_prefix", f"the journal does not begin with what the signer of entry {seq} saw")
        for name in filter(None, [shown.get("evidence")]):
            check(sha(read(f"evidence/{name[7:]}", 1 << 32)) == name, "evidence.altered", f"the evidence of entry {seq} was replaced")
        for end in [".tiles.json", ".png"][:1 + ("evidence" in one["hidden"])] * ("tile_root" in pub):
            read(f"evidence/{pub['tile_root'][7:]}{end}")

def check_bundle(earlier):
    check_manifest()
    used.intersection_update(LOOSE)
    leaves.extend(bytes.fromhex(line) for line in lines("leaves.txt"))
    entries = check_journal(json.loads(lines("journal.jsonl")[0])["log"])
    origin, logs, docs = entries[max(entries)]["log"], {one["log"] for one in entries.values()}, {}
    check_disclosures(entries, "audience: public" in lines("README.txt"))
    check_drills(entries, *({one["drill"] for one in entries.values()} - {""}), len(leaves))
    named = {str(one["pub"].get(field)) for one in entries.values() for field in ("policy", "request", "decision", "runbook")}
    for digest in sorted(filter(re.compile("sha256:[0-9a-f]{64}").fullmatch, named)):
        data = read(f"docs/{digest[7:]}.json")
        check(sha(data) == digest, "document.altered", f"docs/{digest[7:]}.json was altered")
        parse = json.loads if b'"type":"drill.runbook/1"' in data else canonical
        docs[digest] = dict(parse(data), id=digest, file=f"docs/{digest[7:]}.json")
    texts = {name: read(name).decode() for name in sorted(files) if re.fullmatch(r"checkpoints/\d{8,}\.txt", name)}
    for name, text in {**texts, **{path: open(path).read(4096) for path in earlier}}.items():
        log, size = text.split("\n")[0], int(text.split("\n")[1])
        named = log in logs and (name in earlier or name == f"checkpoints/{size:08}.txt")
        fits = named and 0 <= size <= len(leaves) and text == f"{log}\n{size}\n{base64.b64encode(root(0, size)).decode()}\n"
        check(fits, "log.checkpoint", f"the log does not begin as {name} says")
    check(f"checkpoints/{len(leaves):08}.txt" in texts, "log.checkpoint", "the last checkpoint is missing")
    keys = [one["pub"]["installation"] for one in entries.values() if "installation" in one["pub"]]
    owners = {finger(base64.b64decode(keys[-1].split()[1])): f"installation@{origin}"}
    for name in [*texts, "manifest.sha256"]:
        signed(name, name + ".sig", "bundle" if name == "manifest.sha256" else "checkpoint", entries[max(entries)]["time"], owners)
    check_drill(entries, docs)
    check(files <= used, "bundle.unknown_file", f"{sorted(files - used)} belong to nothing in the journal")
    print(f"{len(entries)} entries of a log of {len(leaves)}, {len(docs)} documents, {len(texts)} checkpoints")

unusable = lambda why: sys.exit(print(f"unusable: {why}", file=sys.stderr) or 2)
parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("folder", nargs="?", default=os.path.dirname(os.path.abspath(__file__)))
parser.add_argument("--allowed-signers"), parser.add_argument("--earlier", action="append", default=[])
options = parser.parse_args()
folder, signers = options.folder, options.allowed_signers or os.path.join(options.folder, "allowed_signers")
tree = [(base, *names) for base, *names in os.walk(folder)]
files = {os.path.relpath(os.path.join(base, name), folder) for base, _, names in tree for name in names}
if any(os.path.islink(os.path.join(base, name)) for base, folders, names in tree for name in folders + names): unusable("links")
try:
    if not {"README.txt", "manifest.sha256"} <= files or not read("README.txt").startswith(FORMAT.encode()):
        unusable("this is no audit bundle of a format that this script knows")
    list(map(open, [*options.earlier, *filter(None, [options.allowed_signers])]))
    check_bundle(options.earlier)
except OSError as error: unusable(error)
except Exception as error: problems.append(f"bundle.malformed: {type(error).__name__}: {error}")  # so it does not hold
good = "holds" if options.allowed_signers else "consistent; signers not authenticated"
sys.exit(print(*dict.fromkeys(problems), "does not hold" if problems else good, sep="\n") or bool(problems))
