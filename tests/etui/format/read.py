#!/usr/bin/env python3
"""Reads a vault as FORMAT.md says, with stock age and without a line of etui.

    read.py IDENTITY FILE [-p PROJECT] [-c CLUSTER]    the environment of a context, as JSON
    read.py IDENTITY FILE --environment                a sealed environment, as JSON

It checks all that FORMAT.md tells a reader to verify, and that the text is canonical. It exits with 1 on any fault.
"""

import argparse
import base64
import datetime
import decimal
import hashlib
import json
import re
import subprocess
import sys
import tomllib

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

FILE_LIMIT = 64 << 20
MIB = 1 << 20
TRAILER = re.compile(
    rb'\[signature\]\ncurrent = "([A-Za-z0-9+/=]{44})"\nhistory = "([A-Za-z0-9+/=]{44})"\nvalue = "([A-Za-z0-9+/=]{88})"\n'
)
TRAILER_LENGTH = 225
SECTION = re.compile(r"^\[(?:env|secrets|clusters|projects|\[disputes)\.", re.M)
NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,127}")
ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
LOWER = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
P = 2**255 - 19
D = -121665 * pow(121666, -1, P) % P


class Fault(Exception):
    pass


def demand(holds, what):
    if not holds:
        raise Fault(what)


def decode(text, length=None, padding=True):
    """Base64 in its one form."""
    demand(isinstance(text, str), "base64 is text")
    try:
        raw = base64.b64decode(text if padding else text + "=" * (-len(text) % 4), validate=True)
    except ValueError:
        raise Fault("not base64") from None
    again = base64.b64encode(raw).decode()
    demand((again if padding else again.rstrip("=")) == text, "base64 in another form")
    demand(length is None or len(raw) == length, "base64 of another length")
    return raw


# --- The age layer ---


def read_header(sealed):
    """Checks the header of an age file, and returns the number of its stanzas."""
    stanzas, stanza_start, expected, at = 0, 0, "first", 0
    while True:
        end = sealed.find(b"\n", at, MIB) + 1
        demand(end > 0, "the header is too large or has no end")
        line, start, at = sealed[at : end - 1], at, end
        if expected == "first":
            demand(line == b"age-encryption.org/v1", "not a binary age file")
            expected = "stanza"
            continue
        if expected != "body" and line.startswith(b"-> "):
            stanzas += not line[3:].split(b" ")[0].endswith(b"-grease")
            stanza_start, expected = start, "body"
        elif expected == "body" and re.fullmatch(rb"[A-Za-z0-9+/]{0,64}", line):
            expected = "body" if len(line) == 64 else "stanza or MAC"
        elif expected == "stanza or MAC" and re.fullmatch(rb"--- .{43}", line):
            return stanzas
        else:
            raise Fault("not the header of an age file")
        demand(at - stanza_start <= 16 << 10, "a stanza is too large")
        demand(stanzas <= 4096, "too many stanzas")


def decrypt(sealed, identity):
    run = subprocess.run(["age", "-d", "-i", identity], input=sealed, capture_output=True)
    demand(run.returncode == 0, "age cannot decrypt it: " + run.stderr.decode(errors="replace").strip())
    return run.stdout


CHARSET = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"


def bech32(text):
    """Decodes bech32 in lower case: the human-readable part and the bytes."""
    human, _, data = text.rpartition("1")
    demand(text == text.lower() and human and all(c in CHARSET for c in data) and len(data) >= 6, "not bech32")
    values = [CHARSET.index(c) for c in data]
    expanded = [ord(c) >> 5 for c in human] + [0] + [ord(c) & 31 for c in human] + values
    checksum = 1
    for value in expanded:
        top, checksum = checksum >> 25, (checksum & 0x1FFFFFF) << 5 ^ value
        for bit, generator in enumerate([0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3]):
            checksum ^= generator if top >> bit & 1 else 0
    demand(checksum == 1, "not bech32: its checksum is wrong")
    bits = "".join(f"{value:05b}" for value in values[:-6])
    whole = len(bits) // 8 * 8
    demand(len(bits) - whole < 5 and set(bits[whole:]) <= {"0"}, "not bech32: its padding is wrong")
    return human, bytes(int(bits[at : at + 8], 2) for at in range(0, whole, 8))


# The u-coordinates of low order in X25519, and the y-coordinates of low order in Ed25519.
LOW_U = [
    bytes.fromhex(text)
    for text in (
        "00" * 32,
        "01" + "00" * 31,
        "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
        "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
        "ec" + "ff" * 30 + "7f",
    )
]
LOW_Y = {0, 1, P - 1} | {
    int.from_bytes(bytes.fromhex(text), "little")
    for text in (
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    )
}


def has_small_order(point):
    return (int.from_bytes(point, "little") & (1 << 255) - 1) % P in LOW_Y


def is_on_curve(point):
    y = int.from_bytes(point, "little") & (1 << 255) - 1
    x2 = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    return y < P and (x2 == 0 or pow(x2, (P - 1) // 2, P) == 1)


def check_recipient(text):
    if text.startswith("ssh-ed25519 "):
        blob = decode(text[len("ssh-ed25519 ") :])
        prefix = b"\0\0\0\x0bssh-ed25519\0\0\0\x20"
        demand(blob.startswith(prefix) and len(blob) == len(prefix) + 32, "not an ssh-ed25519 key")
        key = blob[len(prefix) :]
        demand(is_on_curve(key) and not has_small_order(key), "a weak ssh key")
    else:
        human, key = bech32(text)
        demand(human == "age" and len(key) == 32, "not an age recipient")
        demand(int.from_bytes(key, "little") < P and key not in LOW_U, "a weak recipient")


# --- Signatures and hashes ---


def labelled(label, *parts):
    return f"etui {label} v1\n".encode() + b"".join(len(part).to_bytes(8, "big") + part for part in parts)


def check_signature(key, message, signature, what):
    # The library accepts points of small order.
    demand(not has_small_order(key) and not has_small_order(signature[:32]), f"{what}: weak")
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
    except InvalidSignature:
        raise Fault(f"{what}: the signature is wrong") from None


def fingerprint(entry):
    recipient = entry["recipient"].encode()
    if "key" in entry:
        message = labelled("writer fingerprint", recipient, decode(entry["key"], 32))
    else:
        message = labelled("reader fingerprint", recipient)
    return "key:" + base64.b64encode(hashlib.sha256(message).digest()).decode().rstrip("=")


# --- The canonical text ---


def basic(text):
    short = {"\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r", '"': '\\"', "\\": "\\\\"}
    escape = lambda c: short.get(c) or (f"\\u{ord(c):04X}" if c < " " or c == "\x7f" else c)
    return '"' + "".join(map(escape, text)) + '"'


def literal(text):
    controls = set(re.findall(r"[\x00-\x1f\x7f]", text)) - {"\t"}
    if "'" not in text and not controls:
        return f"'{text}'"
    if "'''" not in text and controls <= {"\n"} and not re.search(r"^\[", text, re.M):
        return "'''" + ("\n" if "\n" in text else "") + text + "'''"
    return basic(text)


def bare(key):
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else basic(key)


def by_bytes(keys):
    return sorted(keys, key=lambda key: key.encode())


def moment(value):
    date = value.isoformat().replace("+00:00", "Z")
    return re.sub(r"(\.\d*?)0+(?=$|Z|[+-]\d\d:)", r"\1", date)


def inline(value):
    match value:
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case float():
            text = format(decimal.Decimal(repr(value)), "f") if value - value == 0 else str(value)
            return text if "." in text or "inf" in text else text + ".0"
        case str():
            return basic(value)
        case list():
            return "[" + ", ".join(map(inline, value)) + "]"
        case dict():
            return "{ " + ", ".join(f"{bare(key)} = {inline(value[key])}" for key in by_bytes(value)) + " }"
        case _:
            return moment(value)


class Shape:
    """The keys of a kind of table, in their order. Those with `?` may be missing."""

    def __init__(self, keys, keeps_unknown=True, literals=()):
        self.keys = {key.rstrip("?"): key.endswith("?") for key in keys.split()}
        self.keeps_unknown, self.literals = keeps_unknown, literals

    def print(self, table, tables=()):
        """Prints the keys of a table that are not tables by themselves."""
        demand(isinstance(table, dict), "a table is expected")
        missing = [key for key, optional in self.keys.items() if not optional and key not in table]
        demand(not missing, f"without {missing}")
        unknown = by_bytes(key for key in table if key not in self.keys and key not in tables)
        demand(self.keeps_unknown or not unknown, f"unknown keys: {unknown}")
        lines = []
        for key in [key for key in self.keys if key in table] + unknown:
            demand(table[key] is not None and table[key] == table[key], "not a number")
            value = literal(table[key]) if key in self.literals else inline(table[key])
            lines.append(f"{bare(key)} = {value}\n")
        return "".join(lines)


RECORD = Shape("value encoding? created updated by note? expires?", literals=("value", "note"))
EARLIER = Shape("value encoding? created? updated by note? expires?", literals=("value", "note"))
DELETION = Shape("deleted created? updated by note? expires?", literals=("note",))
SECTION_TABLE = Shape("created")
MEMBER = Shape("recipient key? card_signature? added endorsed_by endorsement")
VOUCHER = Shape("name recipient key? card_signature? added endorsed_by endorsement")
REMOVED = Shape("name recipient key? at by")
STEP = Shape("from to signature", keeps_unknown=False)
READ = Shape("of hashes", keeps_unknown=False)
FIRST = Shape("format requires team id hash_key written_by written_at")
HEAD_TABLES = ("clock", "roots", "members", "removed")
SECTION_TABLES = ("env", "secrets", "clusters", "projects", "disputes", "history")


def print_head(head):
    out = FIRST.print(head, HEAD_TABLES + SECTION_TABLES)
    out += "\n[clock]\n" + "".join(f"{actor} = {head['clock'][actor]}\n" for actor in by_bytes(head["clock"]))
    for step in head.get("roots", []):
        out += "\n[[roots]]\n" + STEP.print(step, ("vouchers",))
        for voucher in step.get("vouchers", []):
            out += "\n[[roots.vouchers]]\n" + VOUCHER.print(voucher)
    for name in by_bytes(head["members"]):
        out += f"\n[members.{bare(name)}]\n" + MEMBER.print(head["members"][name])
    for print_ in by_bytes(head.get("removed", {})):
        out += f"\n[removed.{bare(print_)}]\n" + REMOVED.print(head["removed"][print_])
    return out


def sections(vault):
    """The sections, or lists of the same form, in order: the prefix of their headers, and their table."""
    yield "", vault
    for kind in ("clusters", "projects"):
        for name in by_bytes(vault.get(kind, {})):
            demand(ID.fullmatch(name), "an id")
            yield f"{kind}.{bare(name)}.", vault[kind][name]


def records(section):
    for kind in ("env", "secrets"):
        for name in by_bytes(section.get(kind, {})):
            demand(NAME.fullmatch(name), "a name")
            yield f"{kind}.{name}", section[kind][name]


def print_sections(vault):
    out = ""
    for prefix, section in sections(vault):
        if prefix:
            out += f"\n[{prefix[:-1]}]\n" + SECTION_TABLE.print(section, ("env", "secrets"))
        for path, record in records(section):
            out += f"\n[{prefix}{path}]\n" + RECORD.print(record)
    for prefix, section in sections(vault.get("disputes", {})):
        for path, candidates in records(section):
            out += "".join(f"\n[[disputes.{prefix}{path}]]\n" + RECORD.print(record) for record in candidates)
    history = vault.get("history", {})
    for prefix, section in sections(history):
        for path, earlier in records(section):
            for one in earlier:
                shape = DELETION if "deleted" in one else EARLIER
                out += f"\n[[history.{prefix}{path}]]\n" + shape.print(one)
    for read in sorted(history.get("read", []), key=lambda read: read["of"].encode()):
        demand(read["hashes"] == sorted(set(read["hashes"])), "hashes in another order")
        out += "\n[[history.read]]\n" + READ.print(read)
    return out


# --- What a reader verifies ---


def check_forms(head):
    demand(LOWER.fullmatch(head["team"]) and LOWER.fullmatch(head["written_by"]), "a name")
    demand(re.fullmatch("[0-9a-f]{32}", head["id"]), "the id")
    decode(head["hash_key"], 32)
    check_date(head["written_at"])
    for actor, count in head["clock"].items():
        demand(re.fullmatch("[0-9a-f]{16}", actor), "an actor")
        demand(type(count) is int and 0 <= count <= 2**53, "a count")
    vouchers = [(v["name"], v) for step in head.get("roots", []) for v in step.get("vouchers", [])]
    for name, member in list(head["members"].items()) + vouchers:
        demand(LOWER.fullmatch(name), "the name of a member")
        demand(("key" in member) == ("card_signature" in member), "a key without a card, or the reverse")
        if "key" in member:
            decode(member["key"], 32), decode(member["card_signature"], 64)
        decode(member["endorsement"], 64)
        demand(member["endorsed_by"].startswith("key:"), "a fingerprint")
        decode(member["endorsed_by"][4:], 32, padding=False)
        check_date(member["added"])
    for step in head.get("roots", []):
        decode(step["from"], 32), decode(step["to"], 32), decode(step["signature"], 64)
    for print_, removed in head.get("removed", {}).items():
        demand(LOWER.fullmatch(removed["name"]) and LOWER.fullmatch(removed["by"]), "a name")
        demand(print_ == fingerprint(removed), "a removed member under another fingerprint")
        check_date(removed["at"])


def check_date(value):
    demand(isinstance(value, datetime.datetime) and value.tzinfo is not None, "a date")
    demand(value.utcoffset() == datetime.timedelta(0) and value.microsecond == 0, "a date in another form")
    last = datetime.datetime(9999, 12, 30, 22, tzinfo=datetime.timezone.utc)
    demand(value <= last, "a date that is too late")


def is_root(member):
    return "key" in member and member["endorsed_by"] == fingerprint(member)


def endorsed(head, name, member):
    role = b"writer" if "key" in member else b"reader"
    key = decode(member["key"], 32) if "key" in member else b""
    return labelled("endorsement", bytes.fromhex(head["id"]), name.encode(), role, member["recipient"].encode(), key)


def check_endorsement(head, key, name, member):
    check_signature(decode(key), endorsed(head, name, member), decode(member["endorsement"], 64), f"endorsement of {name}")


def check_steps(head, root):
    at = None
    for step in head.get("roots", []):
        demand(at in (None, step["from"]), "a root step that does not follow")
        old = [removed for removed in head.get("removed", {}).values() if removed.get("key") == step["from"]]
        demand(old, "the old root of a step is not removed")
        vouchers = step.get("vouchers", [])
        message = labelled("root", bytes.fromhex(head["id"]), decode(step["from"]), decode(step["to"]))
        signer = step["to"] if vouchers else step["from"]
        check_signature(decode(signer), message, decode(step["signature"], 64), "root step")
        key, print_ = step["from"], fingerprint(old[0])
        for voucher in vouchers:
            demand("key" in voucher and voucher["endorsed_by"] == print_, "a voucher that does not follow")
            check_endorsement(head, key, voucher["name"], voucher)
            key, print_ = voucher["key"], fingerprint(voucher)
        demand(not vouchers or key == step["to"], "vouchers that lead elsewhere")
        at = step["to"]
    demand(at in (None, root["key"]), "root steps that lead elsewhere")


def check_members(head):
    members = head["members"]
    roots = [member for member in members.values() if is_root(member)]
    demand(len(roots) == 1, "not exactly one root")
    check_steps(head, roots[0])

    removed = head.get("removed", {}).values()
    banned = {r["recipient"] for r in removed} | {r["key"] for r in removed if "key" in r}
    texts = [text for m in members.values() for text in (m["recipient"], m.get("key")) if text]
    demand(not banned & set(texts), "a removed member is a member")
    demand(len(set(texts)) == len(texts), "a recipient or a key is there twice")

    for name, member in members.items():
        if "key" in member:
            key = decode(member["key"], 32)
            card = labelled("card", member["recipient"].encode(), key)
            check_signature(key, card, decode(member["card_signature"], 64), f"card of {name}")

    reached, rest = {}, dict(members)
    while rest:
        next_ = [n for n, m in rest.items() if is_root(m) or "key" in reached.get(m["endorsed_by"], {})]
        demand(next_, f"endorsed by nobody: {list(rest)}")
        for name in next_:
            member = rest.pop(name)
            endorser = member if is_root(member) else reached[member["endorsed_by"]]
            check_endorsement(head, endorser["key"], name, member)
            reached[fingerprint(member)] = member


def check_record(record):
    demand(LOWER.fullmatch(record["by"]), "the name of a writer")
    for key in ("created", "updated", "expires"):
        if key in record:
            check_date(record[key])
    demand(isinstance(record.get("note", ""), str), "a note")
    if "value" in record:
        value_of(record)
    else:
        demand(record.get("deleted") is True and "encoding" not in record, "neither a value nor a deletion")


def value_of(record):
    """The bytes of a value."""
    if "encoding" not in record:
        raw = record["value"].encode()
        demand(b"\0" not in raw, "a NUL in text")
    else:
        demand(record["encoding"] == "base64", "an unknown encoding")
        raw = decode(record["value"])
        try:
            demand("\0" in raw.decode(), "text as base64")
        except UnicodeDecodeError:
            pass
    demand(len(raw) <= MIB, "a value that is too long")
    return raw


def check_sections(vault):
    for _, section in sections(vault):
        for _, record in records(section):
            check_record(record)
    for group in ("disputes", "history"):
        for _, section in sections(vault.get(group, {})):
            demand(set(section) <= {"env", "secrets", "clusters", "projects", "read"}, "an unknown table")
            for _, found in records(section):
                for record in found:
                    check_record(record)
    existing = dict(sections(vault))
    disputed = dict(sections(vault.get("disputes", {})))
    for prefix, section in existing.items():
        names = list(section.get("env", {})) + list(section.get("secrets", {}))
        there = disputed.get(prefix, {})
        both = set(there.get("env", {})) | set(there.get("secrets", {}))
        demand(len(set(names)) == len(names) and not both & set(names), "a name that is there twice")
    demand(set(disputed) <= set(existing), "a dispute in a missing section")
    demand("read" not in vault.get("disputes", {}), "hashes among the disputes")


def read(sealed, identity, label):
    demand(len(sealed) <= FILE_LIMIT, "the file is too large")
    stanzas = read_header(sealed)
    text = decrypt(sealed, identity)

    trailer = TRAILER.fullmatch(text[-TRAILER_LENGTH:])
    body = text[:-TRAILER_LENGTH]
    demand(trailer and body.endswith(b"\n"), "no trailer")
    current_digest, history_digest, signature = (decode(part.decode()) for part in trailer.groups())
    try:
        body = body.decode()
    except UnicodeDecodeError:
        raise Fault("not UTF-8") from None

    start = re.search(r"^\[\[history\.", body, re.M)
    current, history = (body[: start.start()], body[start.start() :]) if start else (body, "")
    start = SECTION.search(current)
    head_text = current[: start.start()] if start else current
    demand(len(head_text.encode()) <= MIB, "the head is too large")
    head = tomllib.loads(head_text)
    demand(head.get("format") == 1, "another format")
    demand(head.get("requires") == [], f"it needs {head.get('requires')}")
    check_forms(head)
    demand(print_head(head) + "\n" == head_text, "the head is not canonical")

    signer = head["members"].get(head["written_by"], {})
    demand("key" in signer, "written by nobody who may write")
    check_signature(decode(signer["key"], 32), labelled(label, current_digest, history_digest), signature, "the text")
    demand(hashlib.sha256(current.encode()).digest() == current_digest, "another current part")
    demand(hashlib.sha256(history.encode()).digest() == history_digest, "another history")
    demand(label == "environment" or stanzas >= len(head["members"]), "encrypted to fewer than its members")
    for member in head["members"].values():
        check_recipient(member["recipient"])
    check_members(head)

    vault = tomllib.loads(body)
    check_sections(vault)
    demand(print_head(head) + print_sections(vault) + "\n" == body, "the text is not canonical")
    return vault


# --- The environment of a context ---


def resolve(vault, context):
    """The variables of a context: sections are pairs of a kind and an id, strongest first."""
    layers = []
    for kind, name in context:
        table = vault if kind is None else vault.get(kind, {}).get(name)
        demand(table is not None, f"no such section: {name}")
        disputes = vault.get("disputes", {})
        disputed = disputes if kind is None else disputes.get(kind, {}).get(name, {})
        layers.append((table, disputed))

    def secret(name):
        for table, disputed in layers:
            demand(name not in disputed.get("secrets", {}), f"{name} is disputed")
            if name in table.get("secrets", {}):
                return shown(table["secrets"][name])
        raise Fault(f"a reference to {name}, which is missing")

    variables = {}
    for table, disputed in layers:
        named = lambda kind: set(table.get(kind, {})) | set(disputed.get(kind, {}))
        for name in (named("env") | named("secrets")) - set(variables):
            demand(name not in disputed.get("env", {}), f"{name} is disputed")
            demand(name not in disputed.get("secrets", {}), f"{name} is disputed")
            if name in table.get("secrets", {}):
                variables[name] = shown(table["secrets"][name])
                continue
            text = shown(table["env"][name])
            if reference := re.fullmatch(r"(secret|file):([A-Za-z][A-Za-z0-9_]{0,127})", text):
                value = secret(reference[2])
                variables[name] = value if reference[1] == "secret" else None
            elif re.fullmatch(r"(literal:)+(secret|file):[A-Za-z][A-Za-z0-9_]{0,127}", text):
                variables[name] = text[len("literal:") :]
            else:
                variables[name] = text
    return {name: variables[name] for name in sorted(variables) if variables[name] is not None}


def shown(record):
    raw = value_of(record)
    return base64.b64encode(raw).decode() if "encoding" in record else raw.decode()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("identity")
    parser.add_argument("file")
    parser.add_argument("-p")
    parser.add_argument("-c")
    parser.add_argument("--environment", action="store_true")
    options = parser.parse_args()
    with open(options.file, "rb") as file:
        sealed = file.read(FILE_LIMIT + 1)
    try:
        if options.environment:
            vault = read(sealed, options.identity, "environment")
            demand("sealed_for" in vault and "sealed_context" in vault, "not for a machine")
            context = [(None, None)]
        else:
            vault = read(sealed, options.identity, "vault")
            context = [("projects", options.p), ("clusters", options.c)]
            context = [(kind, name) for kind, name in context if name] + [(None, None)]
        document = resolve(vault, context)
    except (Fault, tomllib.TOMLDecodeError, KeyError, TypeError, AttributeError, UnicodeEncodeError, ValueError) as fault:
        # A wrong type where another is expected is a fault of the file too.
        sys.exit(f"refused: {type(fault).__name__}: {fault}")
    json.dump(document, sys.stdout, ensure_ascii=False)


if __name__ == "__main__":
    main()
