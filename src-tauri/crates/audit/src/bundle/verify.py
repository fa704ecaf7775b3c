#!/usr/bin/env python3
"""Checks a Drillbook audit bundle with Python's standard library and ssh-keygen alone.

usage: python3 verify.py [FOLDER] [--allowed-signers FILE] [--earlier CHECKPOINT]...
exit:  0 it holds, 1 it does not hold, 2 it cannot be used; README.txt says what nobody can see"""
import argparse, base64, functools, hashlib, json, os, pathlib, re, subprocess, sys, urllib.parse
from datetime import datetime, timedelta
FORMAT, SKEW, FOUND = "Drillbook audit bundle 1\n", timedelta(seconds=120), "/providers/Drillbook.Found/each"
HIDDEN = {"action.accepted": ["poll_url"], "evidence.attached": ["evidence", "master", "origin"]}  # but from the public
NEEDED = {"action.accepted": {"evidence", "response"}, "evidence.attached": {"evidence", "title"}}
ARMOR = re.compile(b"-----BEGIN SSH SIGNATURE-----\n([A-Za-z0-9+/=\n]+)-----END SSH SIGNATURE-----\n*")
ENTRY, LOOSE = {*"_sd actor at drill env kind log pub seq v".split()}, {*"README.txt verify.py report.html allowed_signers".split()}
PAPERS = {"decision.recorded": ("decision", "decided_at"), "decision.revoked": ("revocation", "revoked_at"),
          "glass.broken": ("break_glass", "declared_at"), "glass.reviewed": ("review", "reviewed_at")}
NAMED = ["policy", "request", "runbook", "reading", *dict(PAPERS.values())]  # public fields that name documents
problems, leaves, used = [], [], set(LOOSE)

check = lambda holds, code, sentence: holds or problems.append(f"{code}: {sentence}")

def read(name, limit=1 << 28):
    used.add(name)
    if name not in files or os.path.getsize(os.path.join(folder, name)) > limit: raise ValueError(f"{name}: missing or too large")
    return pathlib.Path(folder, name).read_bytes()

lines = lambda name: read(name).decode().removesuffix("\n").split("\n")
time = lambda text: datetime.strptime(text if len(text) == 24 else "no time", "%Y-%m-%dT%H:%M:%S.%fZ")
finger = lambda key: "SHA256:" + base64.b64encode(hashlib.sha256(key).digest()).decode().rstrip("=")
sha = lambda data: "sha256:" + hashlib.sha256(data).hexdigest()
written = lambda value: json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()

def canonical(data):  # parses bytes that must be the only way to write their value (RFC 8785, integers only)
    small = lambda text: int(text) if abs(int(text)) < 1 << 53 else time(text)  # a number is no time: refused
    ascii = lambda pairs: {key.encode("ascii").decode(): value for key, value in pairs}
    value = json.loads(data.decode(), parse_int=small, parse_float=time, parse_constant=time, object_pairs_hook=ascii)
    if len(data) > 4 << 20 or written(value) != data: raise ValueError("bytes that are not canonical")
    return value

@functools.cache
def root(start, end):  # the RFC 6962 root over these leaves
    if end - start < 2: return leaves[start] if end > start else hashlib.sha256().digest()
    middle = start + (1 << (end - start - 1).bit_length() - 1)
    return hashlib.sha256(b"\1" + root(start, middle) + root(middle, end)).digest()

def signed(name, signature, namespace, at, owners):  # who signed a file; `owners` says whose key is whose
    body = base64.b64decode(ARMOR.fullmatch(read(signature, 65536))[1])
    key = body[14:14 + int.from_bytes(body[10:14], "big")]
    who, touched = owners.get(finger(key), "nobody"), not key[4:].startswith(b"sk-") or body[-5] & 1
    run = subprocess.run(["ssh-keygen", "-Y", "verify", "-f", signers, "-I", who, "-n", f"drill-{namespace}@drillbook", "-O",
        at.strftime("verify-time=%Y%m%d%H%M%SZ"), "-s", os.path.join(folder, signature)], input=read(name), capture_output=True)
    good = run.returncode == 0 and touched and body[:10] == b"SSHSIG\0\0\0\1"
    return who if check(good, "signature", f"{signature} is no valid {namespace} signature of {who} at {at}") else "nobody"

def by(doc, namespace, at, policy):  # everybody who signed a document, and "nobody" for a signature that does not hold
    owners = {key: who for who, one in policy["people"].items() for key in one["keys"] if key not in policy["revoked"]}
    return {signed(doc["file"], one, namespace, time(at), owners) for one in sorted(files) if one.startswith(doc["file"] + ".")}

def check_manifest():
    listed = dict(line.split("  ", 1)[::-1] for line in lines("manifest.sha256"))
    check(len(listed) == len(lines("manifest.sha256")), "manifest.malformed", "a file is listed twice")
    for name in sorted({*listed, *files} - {"manifest.sha256", "manifest.sha256.sig"}):
        how = "missing" if name not in files else "added" if name not in listed else "altered"
        check(name in files and sha(read(name, 1 << 32))[7:] == listed.get(name), f"manifest.{how}", f"{name} was {how}")

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

def check_drills(entries, drill, size, owner):
    for line in lines("drills.txt"):
        name, opened, state, first, last, spans = line.split("\t")
        own = [n for one in spans.split(",") for a, _, b in [one.partition("-")] for n in range(int(a), min(int(b or a) + 1, size))]
        check([int(first), int(last)] == [own[0], own[-1]] and not owner.keys() & set(own), "drills.coverage", f"{name} is miscounted")
        owner.update(dict.fromkeys(own, name))
        shown = [seq for seq in entries if (entries[seq]["drill"] or "-") == name]
        check(name not in ("-", drill) or shown == own, "journal.incomplete", f"not exactly the entries of {name} are here")
        ends = ["open"] + [one["pub"]["end"] for one in entries.values() if one["kind"] == "drill.ended"]
        check(name != drill or [opened, state] == [entries[own[0]]["at"], ends[-1]], "drills.differs", f"{name} is listed falsely")
    check(len(owner) == size and drill in owner.values(), "drills.coverage", "some entries belong to no listed drill")

def check_policy(seq, policy, before, judge):  # the first version is signed by its own owners
    owners = by(policy, "policy", policy["not_before"], judge) & set(judge["owners"])
    fits = [policy["version"], policy.get("prev")] == [before.get("version", 0) + 1, before.get("id")]
    check(fits and len(owners) >= judge["threshold"], "policy.chain", f"the policy of entry {seq} is not signed by its owners")

def check_request(seq, one, doc, now, docs):
    real, said = dict(doc, runbook=doc["runbook"]["digest"], covers=len(doc["covers"])), {**now, **one, **one["pub"]}
    fits = all(real[key] == said[key] for key in real.keys() & said.keys()) and time(doc["requested_at"]) <= one["time"] + SKEW
    fits = fits and {doc["cli"], doc["scope"]} <= set(one["_sd"])  # what it says in words is kept with it
    fits = fits and by(doc, "request", doc["requested_at"], docs[doc["policy"]]) == {one["actor"]} == {doc["operator"]}
    check(fits, "request.differs", f"entry {seq} and its document differ")
    doc.update(dated=doc["requested_at"], left=doc["covers"][:], actions={}, made=[], sent=[])

def check_cover(seq, pub, shown, ask, entries):
    fits = ask["left"] and ask["left"].pop(0) == {"kind": pub["what"], "digest": pub["digest"]}
    if pub["what"] == "action":
        action = None if "document" in entries[seq]["hidden"] else json.loads(shown["document"])
        fits = fits and (not action or sha(written(action)) == pub["digest"])
        ask["actions"][pub["digest"]] = (pub["step"], action and {each["name"]: each for each in action["requests"]})
    else: fits = fits and pub["digest"] in {old["leaf"] for old in entries.values() if old["seq"] < seq}
    check(fits, "request.differs", f"entry {seq} is not what the request document covers")

def check_paper(seq, one, doc, about, ask, policy):  # a decision, that it is taken back, broken glass, or its review
    kind, (name, dated), who, said = one["kind"], PAPERS[one["kind"]], one["actor"], {**one["shown"], **one["pub"]}
    at, grace = time(doc[dated]), timedelta(seconds=policy["break_glass"]["review_within_s"])
    due = time(doc.get("declared_at", about["dated"])) + grace
    real = dict(doc, request=ask["id"], same_device=doc["device"] == ask["device"], late=at > due, **{name: doc["id"]})
    real["review_due"] = due.isoformat(timespec="milliseconds") + "Z"
    fits = all(real[key] == (json.loads(said[key]) if key == "conditions" else said[key]) for key in said) and at <= one["time"] + SKEW
    fits = fits and "dated" not in doc and by(doc, "approval", doc[dated], policy) == {who} == {doc.get("reviewer", doc.get("person"))}
    fits = fits and (kind == "decision.recorded" or at + SKEW >= time(about["dated"]) and (kind != "glass.broken" or kind not in ask))
    check(fits, kind.split(".")[0] + ".differs", f"entry {seq} and its document differ")
    own = "reviewer" in doc and who.lower() in (ask["operator"].lower(), about.get("person", "").lower())
    check(not own, "approval.own_request", f"entry {seq} is by the operator or by whoever broke the glass")
    named = {"decision.revoked": [about.get("reviewer"), *policy["owners"]], "glass.broken": policy["break_glass"]["who"]}
    roles = set(policy["gates"][ask["gate"]]["roles"]) & set(policy["people"][who]["roles"])
    check(who in named[kind] if kind in named else roles, "approval.role", f"{who} may not sign entry {seq}")
    doc["dated"], ask[kind], about["revoked"] = doc[dated], doc, kind == "decision.revoked"
    ask["made"] += [doc] * (kind == "decision.recorded")

def check_reading(seq, one, doc, now, policy, entries):  # what somebody else found who read again what the drill had read
    found, said = [each["verdict"] for each in doc["reads"]], {**one["pub"], "log": one["log"], "drill": one["drill"]}
    real = {**{word: found.count(word) for word in said}, **doc, "reading": doc["id"]}
    fits = len(said) == 9 and all(real[key] == said[key] for key in said) and time(doc["read_at"]) <= one["time"] + SKEW
    fits = fits and by(doc, "reading", doc["read_at"], policy) == {one["actor"]} == {doc["person"]} - {now["operator"]}
    fits = fits and all(each["evidence"] in entries[each["entry"]]["_sd"] for each in doc["reads"])
    check(fits, "reading.differs", f"entry {seq} and its document differ")

def counts(ask, doc, policy, at, first, deadline):  # whether a decision or broken glass allows what happened at a time
    rule, made, asked = policy["gates"][ask["gate"]], time(doc["dated"]), time(ask["requested_at"])
    closed = min(time(ask["not_after"]), asked + timedelta(seconds=rule.get("request_valid_s", 1 << 31)))
    until = made + timedelta(seconds=rule["approval_valid_s"])
    until = max(until, deadline or until) if ask["gate"] == "cleanup" else min(until, time(doc["not_after"]))
    apart = "person" in doc or doc["device"] != ask["device"] or rule.get("same_device") == "allow"
    return (doc.get("verdict", "approve") == "approve" and apart and not doc.get("revoked") and asked - SKEW <= made <= closed
            and made <= at + SKEW and policy["not_before"] <= doc["dated"] <= policy["not_after"]
            and (at <= until or first and made - SKEW <= first <= until) and doc["journal_seen"]["size"] >= ask["journal"]["size"])

def check_intent(seq, one, ask, policy, deadline):
    pub, shown, at, made, earlier = one["pub"], one["shown"], one["time"], ask["made"], ask["sent"]
    step, requests = ask["actions"].get(pub["action"], ("", {}))
    sent = (requests or {}).get(pub["request_name"], {"method": "GET" if requests else pub["method"], "path": ""})
    fits = [step, sent["method"], sent["path"], ask["log"]] == [pub["step"], pub["method"], shown.get("path", ""), one["log"]]
    group, found, _ = urllib.parse.unquote(sent["path"]).lower().partition(FOUND.lower())
    inside = shown.get("bound", "").lower().startswith(group + "/") if found else "bound" not in shown
    check(fits and inside and pub["method"] not in ("GET", "HEAD"), "approval.not_covered", f"no approval covers entry {seq}")
    keys = [[*map(old["pub"].get, ("action", "request_name")), (old["hidden"] | old["shown"]).get("bound")] for old in earlier + [one]]
    check(keys[-1] not in keys[:-1], "approval.used", f"the approval of entry {seq} was used before")
    first = min((old["time"] for old in earlier), default=None)
    nonces = {(doc["reviewer"], doc["nonce"]): doc for doc in reversed(made)}  # a nonce stands for its first decision
    people = {doc["reviewer"] for doc in nonces.values() if counts(ask, doc, policy, at, first, deadline)}
    alone = "glass.broken" in ask and counts(ask, ask["glass.broken"], policy, at, first, deadline)
    in_force = policy["not_before"] <= ask["requested_at"] <= policy["not_after"] and (
        policy["not_before"] <= one["at"] <= policy["not_after"] or first or ask["gate"] == "cleanup")
    enough = in_force and (alone or len(people) >= policy["gates"][ask["gate"]]["quorum"])
    check(enough and "refuse" not in {doc["verdict"] for doc in made}, "approval.quorum", f"too few had approved entry {seq}")
    earlier.append(one)

def check_drill(entries, docs):
    asked, owed, now, policy = {}, set(), {}, {}
    for seq, one in entries.items():
        kind, pub, shown, head, ask = one["kind"], one["pub"], one["shown"], None, asked.get(one["pub"].get("request"))
        if kind == "policy.adopted":
            check_policy(seq, docs[pub["policy"]], policy, policy or docs[pub["policy"]])
            now["policy"], policy = pub["policy"], docs[pub["policy"]]
        elif kind == "drill.opened":
            check(pub["policy"] == now["policy"], "policy.differs", f"entry {seq} names a policy that is not in force")
        elif kind == "request.opened":
            ask = asked[pub["request"]] = docs[pub["request"]]
            head = check_request(seq, one, ask, now, docs) or ask["journal"]
        elif kind == "request.covers": check_cover(seq, pub, shown, ask, entries)
        elif kind in PAPERS:
            doc = docs[pub[PAPERS[kind][0]]]
            head, about = doc["journal_seen"], docs[doc.get("decision") or doc.get("break_glass") or doc["request"]]
            ask = asked[about.get("request", about["id"])]
            check_paper(seq, one, doc, about, ask, docs[ask["policy"]] if kind == "decision.recorded" else policy)
        elif kind == "action.intended": check_intent(seq, one, ask, docs[ask["policy"]], now.get("due"))
        elif kind == "reading.recorded":
            head = check_reading(seq, one, docs[pub["reading"]], now, policy, entries) or docs[pub["reading"]]["journal_seen"]
        elif kind in ("debt.booked", "debt.paid", "debt.handed_over"): (owed.add if "booked" in kind else owed.discard)(pub["debt"])
        elif kind == "drill.ended":
            end = "stopped" if owed else "abandoned" if "drill.aborted" in now else "closed"
            paid = pub["end"] == "stopped" or all("glass.reviewed" in ask for ask in asked.values() if "glass.broken" in ask)
            check(paid, "approval.review_owed", f"entry {seq} ends a drill that owes the review of broken glass")
            check(pub["end"] == end, "end.differs", f"entry {seq} says {pub['end']}, the entries before it say {end}")
        if kind == "deadline.set" or kind == "debt.booked" and "due" not in now:
            now["due"] = datetime.strptime(pub["deadline"][:19], "%Y-%m-%dT%H:%M:%S")
        now |= {kind: True} | (pub if kind == "drill.opened" else {})
        if head and (head["size"] > seq or "sha256:" + root(0, head["size"]).hex() != head["root"]):
            check(False, "head.not_prefix", f"the journal does not begin with what the signer of entry {seq} saw")
        same = not (name := shown.get("evidence")) or sha(read(f"evidence/{name[7:]}", 1 << 32)) == name
        check(same, "evidence.altered", f"the evidence of entry {seq} was replaced")
        for end in [".tiles.json", ".png"][:1 + ("evidence" in one["hidden"])] * ("tile_root" in pub):
            read(f"evidence/{pub['tile_root'][7:]}{end}")

def check_bundle(earlier):
    check_manifest()
    used.intersection_update(LOOSE)
    leaves.extend(bytes.fromhex(line) for line in lines("leaves.txt"))
    entries = check_journal(json.loads(lines("journal.jsonl")[0])["log"])
    origin, logs, docs = entries[max(entries)]["log"], {one["log"] for one in entries.values()}, {}
    check_disclosures(entries, "audience: public" in lines("README.txt"))
    check_drills(entries, *({one["drill"] for one in entries.values()} - {""}), len(leaves), {})
    named = {str(one["pub"].get(key)) for one in entries.values() for key in NAMED}
    for name in sorted(filter(re.compile("sha256:[0-9a-f]{64}").fullmatch, named)):
        data = read(file := f"docs/{name[7:]}.json")
        check(sha(data) == name, "document.altered", f"{file} was altered")
        docs[name] = dict((json.loads if b'"type":"drill.runbook/1"' in data else canonical)(data), id=name, file=file)
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
files = {os.path.relpath(os.path.join(base, name), folder) for base, _, names in os.walk(folder) for name in names}
if any(os.path.islink(os.path.join(base, one)) for base, *names in os.walk(folder) for one in sum(names, [])): unusable("links")
try:
    if not {"README.txt", "manifest.sha256"} <= files or not read("README.txt").startswith(FORMAT.encode()):
        unusable("this is no audit bundle of a format that this script knows")
    list(map(open, [*options.earlier, *filter(None, [options.allowed_signers])]))
    check_bundle(options.earlier)
except OSError as error: unusable(error)
except Exception as error: problems.append(f"bundle.malformed: {type(error).__name__}: {error}")  # so it does not hold
good = "holds" if options.allowed_signers else "consistent; signers not authenticated"
sys.exit(print(*dict.fromkeys(problems), "does not hold" if problems else good, sep="\n") or bool(problems))
