//! Makes the golden vault: a story of a team that meets everything that the format can hold.
//!
//! All keys, ids and dates are fixed, and Ed25519 has no randomness. So the text is always the same, with its
//! signatures. Only the encryption around it differs from run to run.

use etui::keys::{Card, Identity, Purpose};
use etui::session::envelope::sign;
use etui::vault::change::Precondition;
use etui::vault::text::print;
use etui::vault::{
    ActorId, Context, Details, Endorser, Expiry, HashKey, Kind, MemberName, PublicKeys, Recipient, SectionId, Stamp,
    Timestamp, Value, Vault, VaultId, sealed,
};

use crate::bench::{public_keys, vault};

/// A machine that reads, with an ssh key.
const SSH: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHsKLqeplhpW+uObz5dvMgjz1OxfM/XXUB+VHtZ6isGN";

/// Texts that a careless writer or reader of TOML would break.
const HOSTILE: [(&str, &str); 17] = [
    ("APOSTROPHE", "it's"),
    ("APOSTROPHES", "''"),
    ("APOSTROPHES_AT_BOTH_ENDS", "''x''"),
    ("APOSTROPHES_IN_A_ROW", "'''"),
    ("BACKSLASHES", r#"C:\new\table "x""#),
    ("BACKSLASHES_AND_LINES", "C:\\n\nC:\\t"),
    ("BRACKETS", "['a', 'b']"),
    ("BRACKET_LITERAL", "[[history.secrets.EVIL]]"),
    ("CARRIAGE_RETURNS", "a\r\nb\r\n"),
    ("CONTROLS", "\u{1}\u{8}\t\u{c}\u{1b}\u{7f}\u{85}"),
    ("EMPTY", ""),
    ("LINES", "first\nsecond\n"),
    ("LINES_THAT_LOOK_LIKE_TABLES", "x\n[[history.secrets.EVIL]]\nvalue = 'x'\n[signature]\n"),
    ("LINES_WITH_APOSTROPHES", "\n'first'\n''"),
    ("TAB", "a\tb "),
    ("UNICODE", "naïve 日本 🔑 \u{a0}\u{202e}\u{2028}\u{feff}"),
    ("VALUE_LIKE_A_TRAILER", "\n[signature]\ncurrent = \"\"\n"),
];

/// A person or a machine, whose age key is made of this byte.
pub struct Person {
    pub name: &'static str,
    pub identity: Identity,
}

pub fn person(name: &'static str, byte: u8) -> Person {
    let key = bech32::encode::<bech32::Bech32>(bech32::Hrp::parse("age-secret-key-").unwrap(), &[byte; 32]).unwrap();
    let identity = Identity::parse_all(key.to_uppercase().as_bytes()).unwrap().remove(0);
    Person { name, identity }
}

/// Who writes the golden vault last, and whose key is in `identity.txt`.
pub fn bob() -> Person {
    person("bob", 0x0b)
}

/// A reader, whose key is in `ci.txt`.
pub fn ci() -> Person {
    person("ci", 0xc1)
}

/// A machine that is no member, whose key is in `machine.txt`.
pub fn machine() -> Person {
    person("machine", 0x3a)
}

impl Person {
    pub fn member(&self) -> MemberName {
        self.name.parse().unwrap()
    }

    pub fn keys(&self, is_writer: bool) -> PublicKeys {
        public_keys(&self.identity, is_writer)
    }

    pub fn stamp(&self, minute: u8) -> Stamp {
        Stamp { by: self.member(), at: at(minute) }
    }

    pub fn card(&self) -> Card {
        Card::of(&self.identity)
    }

    /// Makes a change as this writer, at this minute.
    pub fn acts<T>(&self, minute: u8, change: impl FnOnce(&Endorser<'_>) -> T) -> T {
        let (stamp, sign) = (self.stamp(minute), |bytes: &[u8]| self.identity.open_signer().unwrap().sign(bytes));
        let keys = self.card().public_keys();
        change(&Endorser { stamp: &stamp, keys, sign: &sign, fresh: &|| HashKey([minute; 32]) })
    }
}

pub fn at(minute: u8) -> Timestamp {
    format!("2026-11-21T10:{minute:02}:00Z").parse().unwrap()
}

pub fn text(text: &str) -> Value {
    Value::text(text.as_bytes().to_vec().into()).unwrap()
}

fn bytes(bytes: &[u8]) -> Value {
    Value::any(bytes.to_vec().into()).unwrap()
}

pub fn set(vault: &mut Vault, section: &str, name: &str, value: Value, stamp: &Stamp) {
    with(vault, section, name, value, Details::default(), stamp);
}

fn with(vault: &mut Vault, section: &str, name: &str, value: Value, details: Details, stamp: &Stamp) {
    let (id, name): (SectionId, _) = (section.parse().unwrap(), name.parse().unwrap());
    vault.sections.set(&id, &name, value, details, Precondition::Any, stamp).unwrap();
}

pub fn entry(vault: &mut Vault, section: &str, name: &str, value: Value, stamp: &Stamp) {
    vault.sections.set_entry(&section.parse().unwrap(), &name.parse().unwrap(), value, stamp).unwrap();
}

fn acknowledge(vault: &mut Vault, section: &str, name: &str, reason: &str, stamp: &Stamp) {
    vault.acknowledge(&section.parse().unwrap(), &name.parse().unwrap(), reason.to_owned(), stamp).unwrap();
}

/// The golden vault.
pub fn made() -> Vault {
    let [alice, carol, dan] = [("alice", 0x0a), ("carol", 0x0c), ("dan", 0x0d)].map(|(name, byte)| person(name, byte));
    let (bob, ci, carol_again) = (bob(), ci(), person("carol", 0xcc));

    // alice founds the team. She adds bob and ci; bob adds carol, dan and a machine with an ssh key.
    let mut vault = alice.acts(0, |by| Vault::found("acme".parse().unwrap(), VaultId([0x5a; 16]), by));
    alice.acts(1, |by| {
        vault.add_member(&bob.member(), bob.keys(true), by).unwrap();
        vault.add_member(&ci.member(), ci.keys(false), by).unwrap();
    });
    bob.acts(2, |by| {
        vault.add_member(&carol.member(), carol.keys(true), by).unwrap();
        vault.add_member(&dan.member(), dan.keys(true), by).unwrap();
        let deploy = PublicKeys::reader(Recipient::new(SSH));
        vault.add_member(&"deploy.eu".parse().unwrap(), deploy, by).unwrap();
    });
    vault.head.clock.tick(ActorId(0xa11c_e000_0000_0001));
    vault.head.clock.tick(ActorId(0xb0b0_0000_0000_0002));

    sections(&mut vault, &alice.stamp(3), &bob.stamp(4), &dan.stamp(5));

    // dan is removed. Then carol removes alice and becomes the root, through bob. Then carol replaces her key.
    bob.acts(6, |by| vault.remove_member(&dan.member(), by).unwrap());
    set(&mut vault, "team", "STRIPE_KEY", text("sk_live_after_dan"), &bob.stamp(7));
    acknowledge(&mut vault, "team", "DB_URL", "dan has no way\nto the \"team\" database", &bob.stamp(7));
    carol.acts(8, |by| vault.remove_member(&alice.member(), by).unwrap());
    carol.acts(9, |old| carol_again.acts(9, |new| vault.replace_root(old, new).unwrap()));
    vault.head.clock.tick(ActorId(0xca00_0000_0000_0003));

    let mut vault = disputed(vault, &bob.stamp(10), &carol.stamp(11));
    vault.head.written_by = bob.member();
    vault.head.written_at = at(12);
    with_unknown_keys(&vault)
}

fn sections(vault: &mut Vault, alice: &Stamp, bob: &Stamp, dan: &Stamp) {
    for id in ["cluster:eu.west", "cluster:files", "cluster:gpu", "project:api", "project:web", "project:old"] {
        let id: SectionId = id.parse().unwrap();
        vault.create_section(id.kind().unwrap(), id.id().unwrap(), alice).unwrap();
    }

    // The team: hostile texts, bytes, a note, an expiry, entries of each kind.
    for (name, value) in HOSTILE {
        set(vault, "team", name, text(value), alice);
    }
    set(vault, "team", "BYTES", bytes(&[0xff, 0x00, 0xfe]), alice);
    set(vault, "team", "BYTES_WITH_A_NUL", bytes(b"a\0b"), alice);
    let details =
        Details { note: Some("ask bob's team\n[on Monday]".into()), expires: Some(Expiry::At(at(59).plus_days(90))) };
    with(vault, "team", "STRIPE_KEY", text("sk_live_1"), details, alice);
    set(vault, "team", "DB_URL", text("postgres://team"), alice);
    entry(vault, "team", "LOG_LEVEL", text("info"), alice);
    entry(vault, "team", "AUTH_SECRET", text("secret:STRIPE_KEY"), alice);
    entry(vault, "cluster:files", "TLS_FILE", text("file:BYTES"), alice);
    entry(vault, "team", "MARKED", text("literal:secret:STRIPE_KEY"), alice);
    entry(vault, "team", "MARKED_TWICE", text("literal:literal:file:X"), alice);
    entry(vault, "team", "NOT_A_REFERENCE", text("secret:not-a-name"), alice);
    entry(vault, "team", "LOG_LEVEL", text("debug"), bob);

    acknowledge(vault, "team", "BYTES", "no one was removed yet", bob);

    // Precedence.
    set(vault, "cluster:gpu", "DB_URL", text("postgres://gpu"), alice);
    set(vault, "cluster:gpu", "MODEL_DIR", text("/mnt/models"), alice);
    entry(vault, "cluster:eu.west", "REGION", text("eu-west"), alice);
    entry(vault, "cluster:gpu", "DB_REFERENCE", text("secret:DB_URL"), alice);
    set(vault, "project:web", "DB_URL", text("postgres://web"), alice);
    set(vault, "project:web", "LOG_LEVEL", text("a secret here, an entry in the team"), alice);
    set(vault, "project:api", "TOKEN", text("base"), alice);
    let details = Details { note: Some("until May".into()), expires: Some(Expiry::At(at(59).plus_days(180))) };
    with(vault, "project:api", "OTHER", text("base"), details, alice);

    // History: earlier values, more than are kept; a deletion; a secret and a section that are gone.
    for version in 2..=14 {
        set(vault, "project:web", "DB_URL", text(&format!("postgres://web{version}")), bob);
    }
    set(vault, "cluster:gpu", "MODEL_DIR", bytes(&[0x80]), dan);
    let (web, gone) = ("project:web".parse().unwrap(), "GONE".parse().unwrap());
    set(vault, "project:web", "GONE", text("it's\ngone"), alice);
    vault.sections.delete(&web, &gone, false, bob).unwrap();
    set(vault, "project:old", "KEPT", text("of a deleted project"), alice);
    vault.delete_section(Kind::Project, &"old".parse().unwrap(), true, dan).unwrap();
}

/// Two laptops change the same names.
fn disputed(base: Vault, one: &Stamp, other: &Stamp) -> Vault {
    let [mut ours, mut theirs] = [base.clone(), base.clone()];
    ours.head.clock.tick(ActorId(1));
    theirs.head.clock.tick(ActorId(2));
    set(&mut ours, "project:api", "TOKEN", text("one's"), one);
    acknowledge(&mut ours, "project:api", "TOKEN", "it is new", one);
    set(&mut theirs, "project:api", "TOKEN", bytes(&[0xfe, 0xed]), other);
    // One name as a secret here and an entry there.
    set(&mut ours, "project:api", "BOTH_KINDS", text("a secret"), one);
    entry(&mut theirs, "project:api", "BOTH_KINDS", text("an entry"), other);
    Vault::merge(Some(&base), &ours, &theirs, None).unwrap().vault
}

/// A later version of etui may add keys. This one keeps them.
fn with_unknown_keys(known: &Vault) -> Vault {
    const VALUE: &str = r#"{ "an odd key" = "\t\"\u0001", list = [], nested = { 1 = true, z = [-1, 2.5, 3.0, 1979-05-27] }, none = {  } }"#;
    let mut body = print(known);
    for table in [
        "written_at = ",
        "[members.carol]\n",
        "[clusters.gpu]\n",
        "[env.LOG_LEVEL]\n",
        "[secrets.STRIPE_KEY]\n",
        "[[disputes.projects.api.secrets.TOKEN]]\n",
        "[[history.secrets.STRIPE_KEY]]\n",
    ] {
        let start = body.find(&format!("\n{table}")).unwrap() + 1;
        let end = start + body[start..].find("\n\n").unwrap() + 1;
        body.insert_str(end, &format!("colour = \"blue\"\nfuture = {VALUE}\n"));
    }
    let vault = vault(&body);
    assert_eq!(print(&vault), body, "unknown keys stand last, in order");
    vault
}

/// What a machine gets of project web on cluster files, with its trailer.
pub fn made_for_machine(vault: &Vault) -> String {
    let context = Context { cluster: Some("files".parse().unwrap()), project: Some("web".parse().unwrap()) };
    let variables = vault.sections.resolve(&context, None).unwrap();
    let variables = variables.iter().map(|variable| (variable.name.clone(), &variable.given));
    let machine = machine().identity.recipient();
    let body = print(&sealed::seal(&vault.head, &machine, &context, variables, &bob().stamp(13)));
    let (trailer, _) = sign(&body, Purpose::Environment, bob().identity.open_signer().unwrap());
    body + &trailer
}
