#!/tmp/fresh/venv/bin/python3
"""An independent reader of the vault format 1, written from FORMAT.md alone."""
import argparse, base64, binascii, datetime, decimal, hashlib, hmac, json, re, subprocess, sys, tomllib
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

MIB = 1 << 20
P = 2**255 - 19
ONE_MEMBER, ONE_SECTION, ONE_RECORD = r"[a-z0-9][a-z0-9._-]{0,63}", r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", r"[A-Za-z][A-Za-z0-9_]{0,127}"
LAST_DATE = datetime.datetime(9999, 12, 30, 22, tzinfo=datetime.timezone.utc)
HEX_LE = lambda text: int.from_bytes(bytes.fromhex(text), "little")
LOW_X25519 = {0, 1, P - 1, HEX_LE("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800"),
              HEX_LE("5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157")}
LOW_ED25519 = {0, 1, P - 1, HEX_LE("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"),
               HEX_LE("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05")}

class Refused(Exception):
    """A fault of the file."""

def need(condition, why):
    if not condition:
        raise Refused(why)

# ---- Encodings, hashes and signatures

def unbase64(text, size=None, padded=True):
    """Printing it again catches unused bits that are not zero, and missing or surplus padding."""
    need(isinstance(text, str), "base64 expected")
    try:
        raw = base64.b64decode(text if padded else text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise Refused("not base64")
    again = base64.b64encode(raw).decode()
    need((again if padded else again.rstrip("=")) == text and size in (None, len(raw)), "base64 of another form or length")
    return raw

def un_bech32(text, prefix):
    letters = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
    data = text[len(prefix) + 1:]
    need(text.startswith(prefix + "1") and len(data) >= 6 and all(c in letters for c in data), "not bech32")
    words = [letters.index(c) for c in data]
    check = 1
    for word in [ord(c) >> 5 for c in prefix] + [0] + [ord(c) & 31 for c in prefix] + words:
        top, check = check >> 25, (check & 0x1FFFFFF) << 5 ^ word
        for i, generator in enumerate((0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)):
            check ^= generator if top >> i & 1 else 0
    need(check == 1, "the bech32 checksum is wrong")
    bits = "".join(f"{word:05b}" for word in words[:-6])
    rest = len(bits) % 8
    need(rest < 5 and "1" not in bits[len(bits) - rest:], "bech32 padding")
    return bytes(int(bits[i:i + 8], 2) for i in range(0, len(bits) - rest, 8))

def check_recipient(text):
    prefix = text.rpartition("1")[0]
    if prefix == "age1tag":
        raw = un_bech32(text, prefix)
        x, p256 = int.from_bytes(raw[1:], "big"), 2**256 - 2**224 + 2**192 + 2**96 - 1
        b = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
        y_squared = (x**3 - 3 * x + b) % p256
        need(len(raw) == 33 and raw[0] in (2, 3) and x < p256, f"recipient {text} is not canonical")
        need(pow(y_squared, (p256 - 1) // 2, p256) == 1, f"recipient {text} is not a good point")
        return
    if re.fullmatch("age1[a-z0-9-]+", prefix):
        need(len(text) <= 1023 and prefix not in ("age1pq", "age1tagpq"), f"unknown kind of recipient: {text}")
        un_bech32(text, prefix)
        return
    if text.startswith("age1"):
        raw = un_bech32(text, "age")
        number = int.from_bytes(raw, "little")
        need(len(raw) == 32 and number < P and number not in LOW_X25519, f"recipient {text} is not canonical")
        return
    need(text.startswith("ssh-ed25519 "), f"unknown kind of recipient: {text}")
    raw = unbase64(text[12:])
    need(len(raw) == 51 and raw.startswith(b"\0\0\0\x0bssh-ed25519\0\0\0\x20"), f"recipient {text} is not canonical")
    y = int.from_bytes(raw[19:], "little") % 2**255
    d = -121665 * pow(121666, -1, P)
    x_squared = (y * y - 1) * pow(d * y * y + 1, -1, P)
    need(y < P and y not in LOW_ED25519 and pow(x_squared, (P - 1) // 2, P) == 1, f"recipient {text} is not a good point")

def labelled(label, *parts):
    raw = [part.encode() if isinstance(part, str) else part for part in parts]
    return f"etui {label} v1\n".encode() + b"".join(len(part).to_bytes(8, "big") + part for part in raw)

def verify(what, key, signature, message):
    key, signature = unbase64(key, 32), unbase64(signature, 64)
    for point in (key, signature[:32]):  # the library accepts points of small order
        need(int.from_bytes(point, "little") % 2**255 % P not in LOW_ED25519, f"{what}: a point of small order")
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
    except (InvalidSignature, ValueError):
        raise Refused(f"{what}: bad signature")

def raw_key(member):
    return unbase64(member["key"], 32) if "key" in member else b""

def fingerprint_of(member):
    kind, parts = ("writer", [raw_key(member)]) if "key" in member else ("reader", [])
    digest = hashlib.sha256(labelled(kind + " fingerprint", member["recipient"], *parts)).digest()
    return "key:" + base64.b64encode(digest).decode().rstrip("=")

def endorsement(vault_id, name, member):
    kind = "writer" if "key" in member else "reader"
    return labelled("endorsement", bytes.fromhex(vault_id), name, kind, member["recipient"], raw_key(member))

def value_hash(hash_key, value):
    return base64.b64encode(hmac.digest(hash_key, labelled("value") + value, "sha256")[:9]).decode()

# ---- What may stand in a table: a check for each key, in the order of printing

def matches(pattern):
    return lambda value: need(isinstance(value, str) and re.fullmatch(pattern, value), f"{value!r} has not its form")

def is_text(value):
    need(isinstance(value, str), "a string expected")

def is_date(value):
    need(type(value) is datetime.datetime and value.utcoffset() == datetime.timedelta(0), "a date in UTC expected")
    need(value.microsecond == 0 and value <= LAST_DATE, "a date out of range")

def is_count(value):
    need(type(value) is int and 0 <= value <= 2**53, "a count out of range")

def is_fingerprint(value):
    need(isinstance(value, str) and value.startswith("key:"), "a fingerprint expected")
    unbase64(value[4:], 32, padded=False)

def is_true(value):
    need(value is True, "`deleted` must be true")

def is_hash_list(value):
    need(isinstance(value, list) and value, "a list of hashes expected")
    for item in value:
        unbase64(item, 9)
    need(value == sorted(set(value)), "hashes are not sorted, or are duplicates")

def is_fingerprint_list(value):
    need(isinstance(value, list) and value, "a list of fingerprints expected")
    for item in value:
        is_fingerprint(item)
    need(value == sorted(set(value)), "fingerprints are not sorted, or are duplicates")

def is_acknowledgement(value):
    check_table("an acknowledgement", value, ACKNOWLEDGEMENT, ("exposed",), unknown=False)

is_key, is_signature = (lambda value: unbase64(value, 32)), (lambda value: unbase64(value, 64))
is_name, is_base64_mark = matches(ONE_MEMBER), matches("base64")
def is_closed(value):
    need(isinstance(value, str) or isinstance(value, list) and len(value) > 1, "neither a vault nor a list of them")
    versions = [unbase64(one) for one in sealed_versions(value)]
    digests = [hashlib.sha256(one).digest() for one in versions]
    need(digests == sorted(set(digests)), "sealed versions are not sorted, or are duplicates")

def sealed_versions(value):
    return value if isinstance(value, list) else [value]

def is_vault_fingerprint(value):
    need(isinstance(value, str) and value.startswith("vault:"), "a vault fingerprint expected")
    unbase64(value[6:], 32, padded=False)

def is_member_list(value):
    need(isinstance(value, list) and value, "a list of fingerprints expected")
    for item in value:
        is_fingerprint(item)

def is_digest_list(value):
    need(isinstance(value, list) and value, "a list of digests expected")
    digests = [unbase64(item, 32) for item in value]
    need(digests == sorted(set(digests)), "digests are not sorted, or are duplicates")

def is_reader(value):
    if value != "closing":
        is_fingerprint(value)

FIRST = {"format": is_count, "requires": lambda value: None, "team": is_name, "id": matches("[0-9a-f]{32}"), "hash_key": is_key,
         "written_by": is_name, "written_at": is_date}
ROOT = {"from": is_key, "to": is_key, "signature": is_signature}
MEMBER = {"recipient": is_text, "key": is_key, "card_signature": is_signature, "added": is_date,
          "endorsed_by": is_fingerprint, "endorsement": is_signature}
VOUCHER = {"name": is_name, **MEMBER}
REMOVED = {"name": is_name, "recipient": is_text, "key": is_key, "at": is_date, "by": is_name, "closed": is_digest_list}
CLOSED = {"vault": is_vault_fingerprint, "members": is_member_list, "updated": is_date, "by": is_name, "closed": is_closed}
SECTION = {"created": is_date, **CLOSED}
FEATURE = '["closed-sections 0.2"]'
RECORD = {"value": is_text, "encoding": is_base64_mark, "created": is_date, "updated": is_date, "by": is_name,
          "note": is_text, "expires": is_date, "acknowledged": is_acknowledgement}
EARLIER = {key: check for key, check in RECORD.items() if key != "acknowledged"}
ACKNOWLEDGEMENT = {"at": is_date, "by": is_name, "exposed": is_fingerprint_list, "reason": is_text}
DELETION = {"deleted": is_true, **{key: RECORD[key] for key in ("created", "updated", "by", "note", "expires")}}
READ = {"of": is_reader, "hashes": is_hash_list}
HEAD_TABLES, KINDS, SECTION_KINDS = ("clock", "roots", "members", "removed"), ("env", "secrets"), ("clusters", "projects")

def check_table(what, table, spec, optional=(), unknown=True, tables=()):
    need(isinstance(table, dict), f"{what} is not a table")
    for key in spec:
        need(key in table or key in optional, f"{what} has no `{key}`")
    for key, value in table.items():
        try:
            if key in spec:
                spec[key](value)
            else:
                need(unknown or key in tables, "unknown key")
        except Refused as fault:
            raise Refused(f"{what}, `{key}`: {fault}")

def subtables(parent, key, kind=dict):
    """The value of a key that holds named tables, or a list of tables."""
    found = parent.get(key, kind())
    need(isinstance(found, kind), f"`{key}` has another kind of table")
    need(all(isinstance(item, dict) for item in found) if kind is list else True, f"`{key}` must hold tables")
    return found

def only(table, *keys):
    need(isinstance(table, dict) and set(table) <= set(keys), "an unknown table or key")

# ---- Printing

def basic(text):
    short = {"\b": r"\b", "\t": r"\t", "\n": r"\n", "\f": r"\f", "\r": r"\r", '"': r"\"", "\\": r"\\"}
    return '"' + re.sub(r'[\x00-\x1f\x7f"\\]', lambda m: short.get(m[0]) or f"\\u{ord(m[0]):04X}", text) + '"'

def literal(text):
    if not re.search(r"[\x00-\x08\x0a-\x1f\x7f']", text):
        return f"'{text}'"
    if "'''" in text or re.search(r"[\x00-\x08\x0b-\x1f\x7f]", text) or any(line[:1] == "[" for line in text.split("\n")):
        return basic(text)
    return "'''" + ("\n" if "\n" in text else "") + text + "'''"

def bare_or_basic(key):
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else basic(key)

def printed(value):
    """tomllib keeps neither year 0 nor more than six digits of a second, nor Z apart from +00:00: such text is refused."""
    if isinstance(value, (bool, int)):
        return str(value).lower()
    if isinstance(value, str):
        return basic(value)
    if isinstance(value, float):
        need(value == value, "nan is refused")
        plain = format(decimal.Decimal(repr(value)), "f") if abs(value) != float("inf") else str(value)
        return plain if "." in plain or "inf" in plain else plain + ".0"
    if isinstance(value, list):
        return "[" + ", ".join(map(printed, value)) + "]"
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{bare_or_basic(key)} = {printed(value[key])}" for key in sorted(value)) + " }"
    return re.sub(r"(\.\d*?)0+(?!\d)", r"\1", value.isoformat()).replace("+00:00", "Z")

def block(header, table, spec, skip=()):
    """One table and the empty line after it."""
    keys = [key for key in spec if key in table] + sorted(set(table) - set(spec) - set(skip))
    as_literal = ("value", "note") if "value" in spec or "deleted" in spec else ()
    lines = [f"{bare_or_basic(key)} = {(literal if key in as_literal and key in spec else printed)(table[key])}" for key in keys]
    return "".join(line + "\n" for line in ([header] if header else []) + lines + [""])

def print_head(head):
    out = block("", head, FIRST, HEAD_TABLES) + block("[clock]", head["clock"], {})
    for step in head.get("roots", []):
        out += block("[[roots]]", step, ROOT, ("vouchers",))
        out += "".join(block("[[roots.vouchers]]", voucher, VOUCHER) for voucher in step.get("vouchers", []))
    for name, member in sorted(head["members"].items()):
        out += block(f"[members.{bare_or_basic(name)}]", member, MEMBER)
    for fingerprint, removed in sorted(head.get("removed", {}).items()):
        out += block(f"[removed.{bare_or_basic(fingerprint)}]", removed, REMOVED)
    return out

def sections_of(tree):
    """Each section as the parts of its header and its table, in canonical order."""
    return [((), tree)] + [((kind, name), table) for kind in SECTION_KINDS for name, table in sorted(subtables(tree, kind).items())]

def records_of(parts, section):
    return [(parts + (kind, name), record) for kind in KINDS for name, record in sorted(subtables(section, kind).items())]

def path(parts):
    return ".".join(map(bare_or_basic, parts))

def print_sections(tree):
    out = ""
    for parts, section in sections_of(tree):
        out += block(f"[{path(parts)}]", section, SECTION, KINDS) if parts else ""
        out += "".join(block(f"[{path(where)}]", record, RECORD) for where, record in records_of(parts, section))
    return out

def print_lists(first, tree):
    def spec(item):
        return RECORD if first == "disputes" else DELETION if "deleted" in item else EARLIER

    return "".join(block(f"[[{first}.{path(where)}]]", item, spec(item))
                   for parts, section in sections_of(tree) for where, items in records_of(parts, section) for item in items)

def print_history(tree):
    reads = sorted(tree.get("read", []), key=lambda read: read["of"])
    return print_lists("history", tree) + "".join(block("[[history.read]]", read, READ) for read in reads)

# ---- Steps 1 to 3: the file and the parts of its text

def check_age_header(data):
    """Returns how many stanzas count."""
    first = b"age-encryption.org/v1\n"
    need(data.startswith(first), "not a binary age file")
    at = start = len(first)
    count = 0
    while True:
        end = data.find(b"\n", at, MIB) + 1
        need(end, "the age header is too large, or cut off")
        if data.startswith(b"--- ", at):
            return count
        if data.startswith(b"-> ", at):
            start = at
            count += not data[at + 3:end].partition(b" ")[0].rstrip().endswith(b"-grease")
        need(end - start <= 16384 and count <= 4096, "a stanza is too large, or there are too many")
        at = end

def decrypt(identity, data):
    done = subprocess.run(["age", "-d", "-i", identity], input=data, capture_output=True)
    need(done.returncode == 0, "cannot decrypt: " + done.stderr.decode(errors="replace").split("\n")[0])
    return done.stdout

TRAILER = re.compile(rb'\[signature\]\ncurrent = "([A-Za-z0-9+/=]{44})"\nhistory = "([A-Za-z0-9+/=]{44})"\n'
                     rb'value = "([A-Za-z0-9+/=]{88})"\n')

def split(text):
    trailer = TRAILER.fullmatch(text[-225:])
    need(trailer and text[-226:-225] == b"\n", "the trailer has not its shape")
    current_digest, history_digest, signature = (part.decode() for part in trailer.groups())
    digests = unbase64(current_digest, 32), unbase64(history_digest, 32)
    unbase64(signature, 64)
    body = text[:-225].decode()
    history = re.search(r"^\[\[history\.", body, re.M)
    cut = history.start() if history else len(body)
    return body[:cut], body[cut:], digests, signature

# ---- Step 4: the head

def check_version(current):
    """By lines, since a later format need not parse."""
    before = re.split(r"^\[", current, maxsplit=1, flags=re.M)[0]
    number = re.search(r"^format *= *(\d+) *$", before, re.M)
    need(number, "no format number")
    need(number[1] == "1", f"format {number[1]} is unknown: a later version reads it")
    requires = re.search(r"^requires *= *(.*)$", before, re.M)
    need(requires, "no `requires`")
    need(requires[1] in ("[]", FEATURE), f"needs features that format 1 has not: {requires[1]}")

def read_head(current):
    check_version(current)
    end = re.search(r"^\[(?:(?:env|secrets|clusters|projects)\.|\[disputes\.)", current, re.M)
    text = current[:end.start() if end else len(current)]
    need(len(text.encode()) <= MIB, "the head is too large")
    head = tomllib.loads(text)
    need(not set(head) & {*KINDS, *SECTION_KINDS, "disputes", "history", "signature"}, "a table that is not of the head")
    check_table("the head", head, FIRST)
    for key in ("clock", "members"):
        need(key in head, f"no {key}")
    for actor, count in subtables(head, "clock").items():
        need(re.fullmatch("[0-9a-f]{16}", actor), "an actor has not its form")
        is_count(count)
    for step in subtables(head, "roots", list):
        check_table("a root step", step, ROOT, unknown=False, tables=("vouchers",))
        for voucher in subtables(step, "vouchers", list):
            check_table("a voucher", voucher, VOUCHER, ("key", "card_signature"))
            need(("key" in voucher) == ("card_signature" in voucher), "a voucher with half a card")
    for name, member in subtables(head, "members").items():
        is_name(name)
        check_table(f"member {name}", member, MEMBER, ("key", "card_signature"))
        need(("key" in member) == ("card_signature" in member), f"member {name} with half a card")
    for fingerprint, removed in subtables(head, "removed").items():
        check_table("a removed member", removed, REMOVED, ("key", "closed"))
        need(fingerprint == fingerprint_of(removed), "a removed member under another fingerprint")
    need(print_head(head) == text, "the head does not print back to its own bytes")
    return head, current[len(text):]

# ---- Steps 9 to 15: the members

def check_members(head):
    members, removed = head["members"], list(head.get("removed", {}).values())
    for member in members.values():
        check_recipient(member["recipient"])
    roots = [name for name, member in members.items() if member["endorsed_by"] == fingerprint_of(member)]
    need(len(roots) == 1, "not exactly one root")
    root = members[roots[0]]
    need("key" in root, "the root is a reader")
    check_root_steps(head, root, removed)
    for member in members.values():
        need(all(member["recipient"] != old["recipient"] and member.get("key") != old.get("key", b"") for old in removed),
             "a member that was removed")
    for field in ("recipient", "key"):
        held = [member[field] for member in members.values() if field in member]
        need(len(held) == len(set(held)), f"two members have the same {field}")
    for name, member in members.items():
        if "key" in member:
            verify(f"card of {name}", member["key"], member["card_signature"], labelled("card", member["recipient"], raw_key(member)))
    check_endorsements(head, root)

def check_root_steps(head, root, removed):
    last = None
    for step in head.get("roots", []):
        old, new, vouchers = step["from"], step["to"], step.get("vouchers", [])
        need(last in (None, old), "the root steps form no chain")
        endorser, fingerprints = old, {fingerprint_of(gone) for gone in removed if gone.get("key") == old}
        need(fingerprints, "the old root of a step was not removed")
        message = labelled("root", bytes.fromhex(head["id"]), unbase64(old), unbase64(new))
        verify("a root step", new if vouchers else old, step["signature"], message)
        for voucher in vouchers:
            need("key" in voucher, "a voucher is a reader")
            need(voucher["endorsed_by"] in fingerprints, "a voucher is endorsed by another")
            verify("a voucher", endorser, voucher["endorsement"], endorsement(head["id"], voucher["name"], voucher))
            endorser, fingerprints = voucher["key"], {fingerprint_of(voucher)}
        need(not vouchers or endorser == new, "the vouchers do not lead to the new root")
        last = new
    need(last in (None, root["key"]), "the root steps do not end with the root")

def check_endorsements(head, root):
    """From the root downwards, so a cycle reaches nobody."""
    waiting, endorsers = dict(head["members"]), [root]
    while endorsers:
        endorser = endorsers.pop()
        by = fingerprint_of(endorser)
        for name in [name for name, member in waiting.items() if member["endorsed_by"] == by]:
            member = waiting.pop(name)
            verify(f"endorsement of {name}", endorser["key"], member["endorsement"], endorsement(head["id"], name, member))
            if "key" in member and member is not root:
                endorsers.append(member)
    need(not waiting, f"not reached from the root: {', '.join(waiting)}")

# ---- Step 16: sections, disputes and history

def value_bytes(record):
    if "encoding" not in record:
        need("\0" not in record["value"], "a value with NUL that is not base64")
        value = record["value"].encode()
    else:
        value = unbase64(record["value"])
        try:
            need("\0" in value.decode(), "base64 of a value that is text")
        except UnicodeDecodeError:
            pass
    need(len(value) <= MIB, "a value is too large")
    return value

def check_records(tree, spec, team_keys, check):
    """A tree of sections: their own keys and ids, the names in them, and by check what stands under each name."""
    only(tree, *KINDS, *SECTION_KINDS, *team_keys)
    for parts, section in sections_of(tree):
        if parts:
            need(re.fullmatch(ONE_SECTION, parts[1]), "the id of a section has not its form")
            check_table(path(parts), section, spec, tuple(CLOSED), unknown=bool(spec), tables=KINDS)
        for header, item in records_of(parts, section):
            need(re.fullmatch(ONE_RECORD, header[-1]), "a name has not its form")
            check(path(header), item)

def check_current(rest, order_key):
    tree, names = tomllib.loads(rest), {}
    disputes = subtables(tree, "disputes")

    def record(what, item):
        check_table(what, item, RECORD, ("encoding", "note", "expires", "acknowledged"))
        value_bytes(item)

    def dispute(what, items):
        need(isinstance(items, list) and items, f"{what} is not a list of candidates")
        for item in items:
            record(what, item)
        order = [value_hash(order_key, value_bytes(item)) for item in items]
        need(order == sorted(order), f"{what}: candidates are not in order")

    check_records(tree, SECTION, ("disputes",), record)
    check_records(disputes, {}, (), dispute)
    for parts, section in sections_of(tree):
        names[parts] = [header[-1] for header, _ in records_of(parts, section)]
        need(len(names[parts]) == len(set(names[parts])), "a name is both a secret and an entry")
        closed = [key for key in CLOSED if parts and key in section]
        need(len(closed) in (0, len(CLOSED)), "a section that is half closed")
        need(not closed or not names[parts], "a closed section with records in the open")
    for parts, section in sections_of(disputes):
        need(parts in names, "a dispute of a section that is missing")
        need(not any(header[-1] in names[parts] for header, _ in records_of(parts, section)), "a name is both set and disputed")
    need(print_sections(tree) + print_lists("disputes", disputes) == rest, "the sections are not canonical")
    return tree

def check_history(text, head):
    whole = tomllib.loads(text)
    only(whole, "history")
    tree = subtables(whole, "history")

    def earlier(what, items):
        need(isinstance(items, list) and items and all(isinstance(item, dict) for item in items), f"{what} is not a list")
        held = [item for item in items if "deleted" not in item]
        for item in items:
            if item in held:
                check_table(what, item, EARLIER, ("encoding", "created", "note", "expires"))
                value_bytes(item)
            else:
                check_table(what, item, DELETION, ("note", "expires"))
                need("value" not in item and "encoding" not in item, f"{what}: a deletion with a value")

    check_records(tree, {}, ("read",), earlier)
    reads = subtables(tree, "read", list)
    for read in reads:
        check_table("history.read", read, READ, unknown=False)
        is_closing = read["of"] == "closing" and "within" in head
        need(is_closing or read["of"] in head.get("removed", {}), "read hashes of somebody who was not removed")
    need(len({read["of"] for read in reads}) == len(reads), "read hashes twice")
    need(print_history(tree) == text, "the history is not canonical")

def check_sealed(head, tree, history):
    context = f"team|(cluster:{ONE_SECTION} )?project:{ONE_SECTION}|cluster:{ONE_SECTION}"
    matches(context)(head.get("sealed_context"))
    is_text(head.get("sealed_for"))
    check_recipient(head["sealed_for"])
    need(unbase64(head["hash_key"]) == bytes(32), "a sealed environment with a hash key")
    need(set(tree) <= {"secrets"} and not history, "a sealed environment with more than secrets of the team")
    by_fingerprint = {fingerprint_of(member): name for name, member in head["members"].items()}
    chain, name = set(), head["written_by"]
    while name not in chain:
        chain.add(name)
        name = by_fingerprint[head["members"][name]["endorsed_by"]]
    need(chain == set(head["members"]), "a sealed environment with members that do not lead to its writer")

def open_text(identity, file, label):
    with open(file, "rb") as opened:
        data = opened.read(64 * MIB + 1)
    head, tree = open_bytes(identity, data, label)
    need("within" not in head and "section" not in head, "an inner vault in the place of a team's")
    open_sections(identity, head, tree)
    return tree

# ---- Closed sections

def founder(head):
    steps = head.get("roots", [])
    root = next(member for member in head["members"].values() if member["endorsed_by"] == fingerprint_of(member))
    return steps[0]["from"] if steps else root["key"]

def check_inner(outer, where, section, data, head):
    need(head.get("within") == outer["id"] and head.get("section") == where, "an inner vault of another place")
    digest = hashlib.sha256(labelled("vault fingerprint", bytes.fromhex(head["id"]), unbase64(founder(head)))).digest()
    need(section["vault"] == "vault:" + base64.b64encode(digest).decode().rstrip("="), "an inner vault with another fingerprint")
    by_fingerprint = {fingerprint_of(member): member for member in head["members"].values()}
    member, seen = head["members"][head["written_by"]], []
    while member not in seen:
        seen.append(member)
        for removed in outer.get("removed", {}).values():
            if removed["recipient"] == member["recipient"] or removed.get("key", b"") == member.get("key"):
                named = base64.b64encode(hashlib.sha256(data).digest()).decode() in removed.get("closed", [])
                need(named, "an inner vault signed by a removed member, or through one")
        member = by_fingerprint[member["endorsed_by"]]

def open_sections(identity, head, tree):
    """Puts what the inner vaults hold into their sections, where the key opens them."""
    closed = [(parts, section) for parts, section in sections_of(tree) if parts and "closed" in section]
    need((head["requires"] != []) == bool(closed), "it requires what it does not need, or the reverse")
    for (kind, name), section in closed:
        versions = [unbase64(one) for one in sealed_versions(section["closed"])]
        need(len(versions) == 1, "a closed section is disputed")
        try:
            decrypt(identity, versions[0])
        except Refused:
            section["locked"] = True
            continue
        inner, held = open_bytes(identity, versions[0], "vault")
        need(not any(kind in held for kind in SECTION_KINDS), "an inner vault with sections")
        need(inner["requires"] != [], "an inner vault that requires nothing")
        check_inner(head, f"{kind[:-1]}:{name}", section, versions[0], inner)
        section.update({key: held[key] for key in KINDS if key in held})
        disputes = {key: table for key, table in held.get("disputes", {}).items() if key in KINDS}
        tree.setdefault("disputes", {}).setdefault(kind, {})[name] = disputes

def open_bytes(identity, data, label):
    """The sixteen steps of FORMAT.md, in their order."""
    need(len(data) <= 64 * MIB, "the file is too large")
    stanzas = check_age_header(data)
    current, history, digests, signature = split(decrypt(identity, data))
    head, rest = read_head(current)
    writer = head["members"].get(head["written_by"], {})
    need("key" in writer, "it was not written by a member that is a writer")
    verify("the " + label, writer["key"], signature, labelled(label, *digests))
    need(digests == tuple(hashlib.sha256(part.encode()).digest() for part in (current, history)), "a digest is wrong")
    need(label == "environment" or stanzas >= len(head["members"]), "encrypted to fewer than the members")
    check_members(head)
    order_key = hashlib.sha256(labelled("order", bytes.fromhex(head["id"]))).digest()
    tree = check_current(rest, order_key)
    check_history(history, head)
    if label == "environment":
        check_sealed(head, tree, history)
    return head, tree

# ---- The environment of a context

def resolve(tree, project, cluster):
    chain = []  # strongest first
    for kind, name in (("projects", project), ("clusters", cluster), (None, None)):
        if kind and name is None:
            continue
        need(kind is None or name in tree.get(kind, {}), f"there is no {name} in {kind}")
        chain.append([root.get(kind, {}).get(name, {}) if kind else root for root in (tree, tree.get("disputes", {}))])
    need(not any(section.get("locked") for section, _ in chain), "a section is closed to this key")
    names = {name for pair in chain for table in pair for kind in KINDS for name in table.get(kind, {})}

    def secret(name):
        for section, disputes in chain:
            need(name not in disputes.get("secrets", {}), f"{name} is disputed")
            if name in section.get("secrets", {}):
                return section["secrets"][name]
        raise Refused(f"there is no secret {name}")

    def variable(name):
        for section, disputes in chain:
            need(not any(name in disputes.get(kind, {}) for kind in KINDS), f"{name} is disputed")
            if name in section.get("secrets", {}):
                return section["secrets"][name]["value"]  # of bytes it is already the base64
            if name in section.get("env", {}):
                return entry(name, section["env"][name]["value"])

    def entry(name, value):
        reference = re.fullmatch(rf"((?:literal:)*)(secret|file):({ONE_RECORD})", value)
        if not reference:
            return value
        marks, _, of = reference.groups()
        if marks:
            return value.removeprefix("literal:")
        return secret(of)["value"]  # of a file too: this program only prints

    return {name: variable(name) for name in sorted(names)}

def main():
    options = argparse.ArgumentParser()
    for name, more in (("identity", {}), ("file", {}), ("-p", {"dest": "project"}), ("-c", {"dest": "cluster"}),
                       ("--environment", {"action": "store_true"})):
        options.add_argument(name, **more)
    given = options.parse_args()
    try:
        tree = open_text(given.identity, given.file, "environment" if given.environment else "vault")
        if given.environment:
            found = {name: record["value"] for name, record in sorted(tree.get("secrets", {}).items())}
        else:
            found = resolve(tree, given.project, given.cluster)
        print(json.dumps(found, indent=2))
    except (Refused, OSError, ValueError, RecursionError) as fault:  # ValueError: tomllib and UTF-8
        print("refused: " + " ".join(str(fault).split()), file=sys.stderr)
        sys.exit(1)

main() if __name__ == "__main__" else None
