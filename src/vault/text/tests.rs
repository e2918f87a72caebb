//! What the text promises: it holds everything, in one form, and its parts equal the whole.

use std::collections::BTreeMap;
use std::sync::Arc;

use proptest::prelude::*;
use zeroize::Zeroizing;

use super::*;
use crate::vault::clock::{ActorId, Clock};
use crate::vault::closed::{Access, Closed, SealedBytes};
use crate::vault::key::{Recipient, Signature, WriterKey};
use crate::vault::member::{Member, PublicKeys, WriterHalf};
use crate::vault::record::{Details, Stamp};
use crate::vault::section::{Kind, SectionId};
use crate::vault::shared::SharedText;
use crate::vault::*;

fn stamp() -> Stamp {
    Stamp { by: MemberName::parse("alice").unwrap(), at: Timestamp::parse("2026-11-21T10:00:00Z").unwrap() }
}

fn empty() -> Vault {
    let writer = WriterHalf { key: WriterKey([7; 32]), card_signature: Signature([8; 64]) };
    let keys = PublicKeys { recipient: Recipient::new("age1example"), writer: Some(writer) };
    let member = Member {
        added: stamp().at,
        endorsed_by: keys.fingerprint(),
        keys,
        endorsement: Signature([9; 64]),
        extra: toml::Table::new(),
    };
    let mut clock = Clock::default();
    clock.tick(ActorId(u64::MAX));
    Vault {
        head: Head {
            team: TeamName::parse("acme").unwrap(),
            id: VaultId([0xab; 16]),
            hash_key: HashKey([6; 32]),
            written_by: stamp().by,
            written_at: stamp().at,
            clock,
            roots: Vec::new(),
            members: [(stamp().by, member)].into(),
            removed: BTreeMap::new(),
            closed: BTreeMap::new(),
            extra: toml::Table::new(),
        },
        sections: Sections::default(),
        read: BTreeMap::new(),
    }
}

fn set(vault: &mut Vault, section: &SectionId, name: &str, value: Value) {
    let name = SecretName::parse(name).unwrap();
    let section = vault.sections.get_mut(section).unwrap();
    section.secrets.set(&name, value, Details::default(), &stamp());
}

fn parse(text: &str) -> Result<Vault, ParseError> {
    let text = Text::new(text.to_owned());
    text.whole(&text.head()?)
}

fn parse_view(text: &str, want: Selection<'_>) -> Result<View, ParseError> {
    let text = Text::new(text.to_owned());
    text.view(&text.head()?, want)
}

/// Checks that a read of one name finds what a read of everything finds under it, and in the secrets it refers to.
fn check_names(text: &str, vault: &Vault) {
    let ids: Vec<SectionId> = vault.sections.iter().map(|(id, _)| id.clone()).collect();
    for name in ["A", "B", "C", "NONE"].map(|name| SecretName::parse(name).unwrap()) {
        let view = parse_view(text, Selection::Name(&ids, &name)).unwrap();
        assert_eq!(view.all, ids);
        for (id, section) in vault.sections.iter() {
            let found = view.sections.get(id).unwrap();
            assert_eq!((found.created, &found.closed), (section.created, &section.closed));
            for (found, all) in [(&found.env, &section.env), (&found.secrets, &section.secrets)] {
                assert_eq!((found.get(&name), found.holds(&name)), (all.get(&name), all.holds(&name)), "{text}");
                assert!(found.history.is_empty());
            }
            let reference = section.env.get(&name).map(|record| Entry::of(&record.value));
            if let Some(target) = reference.as_ref().and_then(Entry::target) {
                for (id, section) in vault.sections.iter() {
                    let found = &view.sections.get(id).unwrap().secrets;
                    assert_eq!(found.get(target), section.secrets.get(target), "{text}");
                }
            }
        }
    }
}

/// Text that is easy to get wrong in TOML.
fn hostile_text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("'".to_owned()),
        Just("''".to_owned()),
        Just("'''".to_owned()),
        Just("\"".to_owned()),
        Just("\"\"\"".to_owned()),
        Just("\\".to_owned()),
        Just("\n".to_owned()),
        Just("\r\n".to_owned()),
        Just("\r".to_owned()),
        Just("\t".to_owned()),
        Just("\n[signature]\n".to_owned()),
        Just("[secrets.A]\n".to_owned()),
        Just("\n[[history.secrets.A]]\nvalue = ''".to_owned()),
        Just("value = 'x'".to_owned()),
        Just("\u{1b}\u{7f}\u{1}\u{feff}\u{85}\u{2028}".to_owned()),
        "[ -~]{0,8}",
        any::<char>().prop_filter("no environment holds a NUL", |c| *c != '\0').prop_map(String::from),
    ];
    prop::collection::vec(piece, 0..6).prop_map(|pieces| pieces.concat())
}

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        8 => hostile_text().prop_map(String::into_bytes),
        1 => prop::collection::vec(any::<u8>(), 0..20),
        1 => "(secret|file):[A-C]".prop_map(String::into_bytes),
    ]
    .prop_map(|bytes| Value::any(Zeroizing::new(bytes)).unwrap())
}

/// An acknowledgement for this reason. Its length decides how many removed members it names.
fn acknowledgement(reason: Option<String>) -> Acknowledgement {
    let reason = reason.unwrap_or_default();
    let exposed = (0..reason.len() % 3).map(|byte| {
        let writer = WriterHalf { key: WriterKey([byte as u8; 32]), card_signature: Signature([8; 64]) };
        let keys = PublicKeys { recipient: Recipient::new("age1removed"), writer: Some(writer) };
        FormerReader::Removed(keys.fingerprint())
    });
    Acknowledgement { at: stamp().at, by: stamp().by, exposed: exposed.collect(), reason }
}

/// A vault made by random changes, or merged from two of them, with disputes. Some of its sections are then closed, also
/// in several disputed versions.
fn vault() -> impl Strategy<Value = Vault> {
    let merged = |(first, second)| Vault::merge(None, &first, &second, None).unwrap().vault;
    let open = prop_oneof![changed(), (changed(), changed()).prop_map(merged)];
    let version = prop::collection::vec(any::<u8>(), 0..80);
    let closed = (prop::sample::select(vec!["eu.west", "web", "9-lives"]), prop::collection::vec(version, 1..4));
    (open, prop::collection::vec(closed, 0..3)).prop_map(|(mut vault, closings)| {
        closings.into_iter().for_each(|(id, versions)| close(&mut vault, id, versions));
        vault
    })
}

/// Closes the section with this id, unless it was deleted, with these bytes as the versions of its inner vault.
fn close(vault: &mut Vault, id: &str, versions: Vec<Vec<u8>>) {
    let mut sealed: Vec<SealedBytes> = versions.into_iter().map(SealedBytes::new).collect();
    sealed.sort_by_key(SealedBytes::digest);
    sealed.dedup();
    let id = vault.sections.0.keys().find(|section| section.id().is_some_and(|known| known.as_str() == id)).cloned();
    let Some((id, section)) = id.and_then(|id| Some((id.clone(), vault.sections.get_mut(&id)?))) else { return };
    let size = sealed[0].as_slice().len();
    let print = VaultFingerprint::of(&VaultId([size as u8; 16]), &WriterKey([7; 32]));
    let members = (0..size % 3).map(|_| empty().head.members[&stamp().by].fingerprint()).collect();
    let closed =
        Closed { vault: print.clone(), members, updated: stamp().at, by: stamp().by, sealed, access: Access::Untried };
    *section = Section { created: section.created, closed: Some(closed.into()), ..Section::default() };
    vault.head.closed.insert(id, print);
}

/// A vault made by random changes: some names have a history, some are deleted, and so are sections.
fn changed() -> impl Strategy<Value = Vault> {
    let step = (0..4usize, "[A-C]", value(), prop::option::of(hostile_text()), 0..12u8);
    prop::collection::vec(step, 0..20).prop_map(|steps| {
        let mut vault = empty();
        let id = |text| Id::parse(text).unwrap();
        vault.create_section(Kind::Project, &id("web"), &stamp()).unwrap();
        vault.create_section(Kind::Cluster, &id("eu.west"), &stamp()).unwrap();
        vault.create_section(Kind::Project, &id("9-lives"), &stamp()).unwrap();
        let sections = [
            SectionId::Team,
            SectionId::Cluster(id("eu.west")),
            SectionId::Project(id("web")),
            SectionId::Project(id("9-lives")),
        ];
        for (section, name, value, note, action) in steps {
            let section = vault.sections.get_mut(&sections[section]).unwrap();
            let name = SecretName::parse(&name).unwrap();
            match action {
                0 => section.secrets.delete(&name, note, &stamp()),
                10.. if section.secrets.get(&name).is_some() => {
                    section.secrets.current.get_mut(&name).unwrap().acknowledged = Some(acknowledgement(note).into());
                }
                1 if section.secrets.get(&name).is_none() => {
                    section.env.set(&name, value, Details { note, expires: None }, &stamp());
                }
                _ if section.env.get(&name).is_none() => {
                    let details = Details { note, expires: Some(Expiry::At(stamp().at)) };
                    section.secrets.set(&name, value, details, &stamp());
                }
                _ => {}
            }
        }
        let _ = vault.delete_section(Kind::Project, &id("9-lives"), true, &stamp());
        vault
    })
}

/// Whether a TOML parser finds what we find of a closed section.
fn closed_alike(table: &toml::Table, section: &Section) -> bool {
    let Some(closed) = &section.closed else { return !table.contains_key("closed") };
    let texts = |key: &str| match &table[key] {
        toml::Value::Array(all) => all.iter().map(|one| one.as_str().unwrap().to_owned()).collect(),
        one => vec![one.as_str().unwrap().to_owned()],
    };
    let (members, sealed): (Vec<_>, Vec<_>) = (
        closed.members.iter().map(ToString::to_string).collect(),
        closed.sealed.iter().map(SealedBytes::to_base64).collect(),
    );
    let (vault, by) = (vec![closed.vault.to_string()], vec![closed.by.to_string()]);
    let is_alike = (texts("vault"), texts("by"), texts("members"), texts("closed")) == (vault, by, members, sealed);
    is_alike && !["env", "secrets"].iter().any(|kind| table.contains_key(*kind))
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn parses_what_it_prints(vault in vault()) {
        let text = print(&vault);
        let parsed = parse(&text);
        prop_assert!(parsed.is_ok(), "{}", text);
        let parsed = parsed.unwrap();
        prop_assert_eq!(&parsed, &vault);
        prop_assert_eq!(print(&parsed), text);
    }

    #[test]
    fn prints_toml_that_any_parser_reads(vault in vault()) {
        let text = print(&vault);
        let table: toml::Table = toml::from_str(&text).unwrap();
        let read = |section: &toml::Table, name: &str, record: &Record| {
            section["secrets"][name]["value"].as_str() == Some(&*record.value.as_text())
        };
        for (id, section) in vault.sections.iter() {
            let found = match id {
                SectionId::Team => &table,
                SectionId::Cluster(id) => table["clusters"][id.as_str()].as_table().unwrap(),
                SectionId::Project(id) => table["projects"][id.as_str()].as_table().unwrap(),
            };
            prop_assert!(section.secrets.iter().all(|(name, record)| read(found, name.as_str(), record)));
            prop_assert!(closed_alike(found, section), "{}", text);
        }
        prop_assert_eq!(table["requires"].as_array().unwrap().is_empty(), vault.head.closed.is_empty());
    }

    #[test]
    fn a_part_equals_that_part_of_the_whole(vault in vault()) {
        let text = print(&vault);
        for (id, section) in vault.sections.iter() {
            let view = parse_view(&text, Selection::History(std::slice::from_ref(id))).unwrap();
            prop_assert_eq!(view.sections.get(id), Some(section));
            let view = parse_view(&text, Selection::Current(std::slice::from_ref(id))).unwrap();
            let current = |section: &Section| section.secrets.iter().map(|(n, r)| (n.clone(), r.clone())).collect::<Vec<_>>();
            prop_assert_eq!(view.sections.get(id).map(current), Some(current(section)));
            prop_assert_eq!(&view.head, &vault.head);
            let all: Vec<_> = vault.sections.iter().map(|(id, _)| id.clone()).collect();
            prop_assert_eq!(view.all, all);
        }
        check_names(&text, &vault);
    }

    #[test]
    fn whatever_the_canonical_parser_takes_a_toml_parser_reads_alike(
        vault in vault(),
        at in any::<prop::sample::Index>(),
        cut in 0..12usize,
        put in prop_oneof![hostile_text(), "[a-z0-9='\"\\[\\]. \n]{0,6}"],
    ) {
        let mut text = print(&vault).to_string();
        let mut at = at.index(text.len());
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        let end = (at..=(at + cut).min(text.len())).rev().find(|end| text.is_char_boundary(*end)).unwrap();
        text.replace_range(at..end, &put);
        let Ok(read) = parse(&text) else {
            // Not TOML, or not a vault.
            return Ok(());
        };
        check_names(&text, &read);
        let parser = toml::from_str::<toml::Table>(&text);
        prop_assert!(parser.is_ok(), "{}", text);
        let parser = parser.unwrap();
        for (id, section) in read.sections.iter() {
            let found = match id {
                SectionId::Team => Some(&parser),
                SectionId::Cluster(id) => parser["clusters"].get(id.as_str()).and_then(toml::Value::as_table),
                SectionId::Project(id) => parser["projects"].get(id.as_str()).and_then(toml::Value::as_table),
            };
            let found = found.unwrap();
            prop_assert!(closed_alike(found, section), "{}", text);
            prop_assert_eq!(section.closed.as_ref().map(|closed| &closed.vault), read.head.closed.get(id));
            for (kind, records) in [("env", &section.env), ("secrets", &section.secrets)] {
                let empty = toml::Table::new();
                let held = found.get(kind).and_then(toml::Value::as_table).unwrap_or(&empty);
                prop_assert_eq!(held.len(), records.iter().count());
                for (name, record) in records.iter() {
                    prop_assert_eq!(held[name.as_str()]["value"].as_str(), Some(&*record.value.as_text()));
                    prop_assert_eq!(held[name.as_str()]["by"].as_str(), Some(record.by.as_str()));
                }
                let disputed = parser.get("disputes").and_then(|all| match id {
                    SectionId::Team => all.get(kind),
                    SectionId::Cluster(id) => all.get("clusters")?.get(id.as_str())?.get(kind),
                    SectionId::Project(id) => all.get("projects")?.get(id.as_str())?.get(kind),
                });
                for (name, candidates) in records.disputed() {
                    for (at, candidate) in candidates.iter().enumerate() {
                        let value = disputed.unwrap()[name.as_str()][at]["value"].as_str();
                        prop_assert_eq!(value, Some(&*candidate.value.as_text()));
                    }
                }
            }
        }
    }

    #[test]
    fn vaults_parsed_together_share_equal_sections(vault in vault(), value in value()) {
        let mut other = vault.clone();
        set(&mut other, &SectionId::Team, "ONLY_IN_THE_OTHER", value);
        let texts = [&vault, &other].map(|vault| Text::new(print(vault)));
        let mut known = SectionCache::new();
        let read = texts.each_ref().map(|text| text.whole_beside(&text.head().unwrap(), &mut known).unwrap());
        prop_assert_eq!(&read, &[vault, other]);
        for (id, section) in read[0].sections.0.iter().filter(|(id, _)| **id != SectionId::Team) {
            prop_assert!(Arc::ptr_eq(section, &read[1].sections.0[id]), "{} is shared", id);
        }
    }

    #[test]
    fn damaged_text_is_an_error_and_never_a_panic(vault in vault(), at in any::<prop::sample::Index>(), with in any::<char>()) {
        let mut text = print(&vault).to_string();
        let at = at.index(text.len());
        if text.is_char_boundary(at) {
            text.insert(at, with);
        }
        let _ = parse(&text);
        let _ = parse(text.get(..at).unwrap_or(""));
    }
}

#[test]
fn no_line_of_a_value_begins_with_a_bracket() {
    for text in ["[a]", "[a]\nb", "a\n[b]\n", "\n[signature]\nvalue = \"\"\n"] {
        let mut vault = empty();
        set(&mut vault, &SectionId::Team, "A", Value::text(Zeroizing::new(text.into())).unwrap());
        let printed = print(&vault);
        let headers: Vec<_> = printed.lines().filter(|line| line.starts_with('[')).collect();
        assert_eq!(headers, ["[clock]", "[members.alice]", "[secrets.A]"], "{text:?}");
    }
}

#[test]
fn prints_the_tables_in_the_order_of_the_design() {
    let mut vault = empty();
    vault.create_section(Kind::Project, &Id::parse("web").unwrap(), &stamp()).unwrap();
    let web = SectionId::Project(Id::parse("web").unwrap());
    let text = |text: &str| Value::text(Zeroizing::new(text.into())).unwrap();
    set(&mut vault, &SectionId::Team, "STRIPE_KEY", text("sk_live_1"));
    set(&mut vault, &SectionId::Team, "STRIPE_KEY", text("sk_live_2"));
    set(&mut vault, &web, "PEM", text("-----BEGIN KEY-----\nMC4C\n-----END KEY-----\n"));
    set(&mut vault, &web, "BYTES", Value::any(Zeroizing::new(vec![0, 255])).unwrap());
    let body = print(&vault);
    let from_clock = &body[body.find("\n[clock]").unwrap()..];
    let keep = |line: &&str| ["end", "recipient", "key", "card"].iter().all(|key| !line.starts_with(key));
    let shown: Vec<&str> = from_clock.lines().filter(keep).collect();
    assert_eq!(
        shown.join("\n"),
        r#"
[clock]
ffffffffffffffff = 1

[members.alice]
added = 2026-11-21T10:00:00Z

[secrets.STRIPE_KEY]
value = 'sk_live_2'
created = 2026-11-21T10:00:00Z
updated = 2026-11-21T10:00:00Z
by = "alice"

[projects.web]
created = 2026-11-21T10:00:00Z

[projects.web.secrets.BYTES]
value = 'AP8='
encoding = "base64"
created = 2026-11-21T10:00:00Z
updated = 2026-11-21T10:00:00Z
by = "alice"

[projects.web.secrets.PEM]
value = '''
-----BEGIN KEY-----
MC4C
-----END KEY-----
'''
created = 2026-11-21T10:00:00Z
updated = 2026-11-21T10:00:00Z
by = "alice"

[[history.secrets.STRIPE_KEY]]
value = 'sk_live_1'
updated = 2026-11-21T10:00:00Z
by = "alice"
"#
    );
}

#[test]
fn keeps_unknown_fields() {
    let mut vault = empty();
    set(&mut vault, &SectionId::Team, "A", Value::text(Zeroizing::new("1".into())).unwrap());
    let unknown = "colour = \"red\"\nlevels = [1, 2.5, \"[x]\\n[y]\", { when = 2026-11-21T10:00:00Z }]\n";
    let text = print(&vault).replace("\nby = \"alice\"\n", &format!("\nby = \"alice\"\n{unknown}"));
    let text = text.replace("\n[clock]", &format!("{unknown}\n[clock]"));
    let parsed = parse(&text).unwrap();
    assert_eq!(print(&parsed), text);
}

#[test]
fn explains_why_it_refuses_a_text() {
    let text = print(&empty());
    let broken = |from: &str, to: &str| parse(&text.replace(from, to)).unwrap_err();
    assert_eq!(broken("format = 1\nrequires = []\nteam", "format = 2\nrequires = []\ncrew"), ParseError::Format(2));
    assert_eq!(
        broken("requires = []", "requires = [\"warp\"]"),
        ParseError::Feature { name: "warp".into(), version: None }
    );
    let newer = ParseError::Feature { name: "open-windows".into(), version: Some("0.9".into()) };
    assert_eq!(broken("requires = []", "requires = [\"open-windows 0.9\"]"), newer);
    // It has no closed section.
    let needless = broken("requires = []", "requires = [\"closed-sections 0.2\"]");
    assert_eq!(needless, ParseError::Damaged { line: None });
    assert_eq!(
        broken("ffffffffffffffff = 1", "ffffffffffffffff = 9007199254740993"),
        ParseError::Damaged { line: None }
    );
    assert_eq!(broken("team = \"acme\"", "team = \"hunter2!\""), ParseError::Damaged { line: Some(3) });
    assert!(!format!("{:?}", broken("team = \"acme\"", "team = \"hunter2!\"")).contains("hunter2"));
}

#[test]
fn a_read_does_not_parse_other_sections() {
    // Not even a damaged section disturbs the read of another one.
    let mut vault = empty();
    vault.create_section(Kind::Project, &Id::parse("web").unwrap(), &stamp()).unwrap();
    let text = format!("{}[projects.api]\nnonsense\n\n", print(&vault));
    let web = [SectionId::Project(Id::parse("web").unwrap())];
    assert_eq!(parse_view(&text, Selection::Current(&web)).unwrap().all.len(), 3);
    let twice = [web[0].clone(), web[0].clone()];
    assert_eq!(parse_view(&text, Selection::Current(&twice)).unwrap().all.len(), 3);
    assert!(parse(&text).is_err());
}

#[test]
fn a_read_of_one_name_does_not_parse_other_names() {
    let mut vault = empty();
    set(&mut vault, &SectionId::Team, "A", Value::text(Zeroizing::new("1".into())).unwrap());
    set(&mut vault, &SectionId::Team, "B", Value::text(Zeroizing::new("2".into())).unwrap());
    let text = print(&vault).replace("value = '2'", "nonsense");
    let name = |name| SecretName::parse(name).unwrap();
    let read = |text: &str, name| {
        let view = parse_view(text, Selection::Name(&[SectionId::Team], &name))?;
        let names: Vec<String> =
            view.sections.get(&SectionId::Team).unwrap().secrets.iter().map(|(name, _)| name.to_string()).collect();
        Ok::<_, ParseError>(names.concat())
    };
    assert_eq!(read(&text, name("A")), Ok("A".into()));
    assert_eq!(read(&text, name("C")), Ok(String::new()));
    let line = text.lines().position(|line| line == "nonsense").map(|line| line + 1);
    assert_eq!(read(&text, name("B")), Err(ParseError::Damaged { line }));
    // A name in another style could be any: then the whole section is parsed.
    let quoted = print(&vault).replace("[secrets.A]", "[secrets.\"A\"]");
    assert_eq!(read(&quoted, name("A")), Ok("AB".into()));
    assert_eq!(read(&quoted, name("B")), Ok("AB".into()));
    assert!(read(&text.replace("[secrets.A]", "[secrets.\"A\"]"), name("A")).is_err());
    // What a write could not reproduce is refused for that name.
    let twice = text.replace("[secrets.B]", "[secrets.A]");
    assert!(read(&twice, name("A")).is_err());
}

#[test]
fn refuses_a_history_that_belongs_to_no_section() {
    let text = format!("{}[[history.future.A]]\nvalue = 'x'\n\n", print(&empty()));
    assert!(parse(&text).is_err());
}

#[test]
fn one_unusual_section_leaves_the_others_canonical() {
    let mut vault = empty();
    let web = SectionId::Project(Id::parse("web").unwrap());
    vault.create_section(Kind::Project, web.id().unwrap(), &stamp()).unwrap();
    for section in [&SectionId::Team, &web] {
        set(&mut vault, section, "A", Value::text(Zeroizing::new("1".into())).unwrap());
    }
    // Another style of the same content, in the project only.
    let text = print(&vault).replace("[projects.web.secrets.A]\nvalue = '1'", "[projects.web.secrets.A]\nvalue=\"1\"");
    assert_ne!(text, print(&vault));
    assert_eq!(parse(&text).unwrap(), vault);

    let view = parse_view(&text, Selection::All).unwrap();
    assert_eq!(view.sections, vault.sections);
}

#[test]
fn an_acknowledgement_has_one_form() {
    let mut vault = empty();
    set(&mut vault, &SectionId::Team, "A", Value::text(Zeroizing::new("1".into())).unwrap());
    let name = SecretName::parse("A").unwrap();
    let team = vault.sections.get_mut(&SectionId::Team).unwrap();
    team.secrets.current.get_mut(&name).unwrap().acknowledged =
        Some(acknowledgement(Some("it's \"fine\"".into())).into());
    let body = print(&vault);
    assert!(body.contains("\nacknowledged = { at = 2026-11-21T10:00:00Z, by = \"alice\", exposed = [\"key:"), "{body}");
    assert!(body.contains("\"], reason = \"it's \\\"fine\\\"\" }\n"), "{body}");

    let canonical = |body: &str| {
        let body = SharedText::from(Zeroizing::new(body.to_owned()));
        let ranges = parts::Parts::find(&body).sections[&SectionId::Team].clone();
        canonical::section(&SectionId::Team, &body, &ranges)
    };
    assert_eq!(canonical(&body).as_ref(), vault.sections.get(&SectionId::Team));
    // Another form is left to the TOML parser, which takes it, or refuses it.
    let line = body.lines().find(|line| line.starts_with("acknowledged")).unwrap();
    let prints = &line[line.find("[").unwrap() + 1..line.find("]").unwrap()];
    let (one, other) = prints.split_once(", ").unwrap();
    for (changed, is_read) in [
        (line.replace(" at = ", " at="), true),
        (line.replace(prints, &format!("{other}, {one}")), true),
        (line.replace(prints, &format!("{one}, {one}, {other}")), true),
        (line.replace("reason", "because"), false),
        (line.replace("{ at", "{ a = 1, at"), false),
        (line.replace("alice", "Alice"), false),
        (line.replace("key:", "kex:"), false),
    ] {
        let body = body.replace(line, &changed);
        assert_eq!(canonical(&body), None, "{changed}");
        assert_eq!(parse(&body).ok(), is_read.then(|| vault.clone()), "{changed}");
    }
}

/// Whoever reads another section alone must know of the closed ones all the same.
#[test]
fn a_closed_section_has_one_form_and_is_required_to_be_known() {
    let mut vault = empty();
    vault.create_section(Kind::Cluster, &Id::parse("prod").unwrap(), &stamp()).unwrap();
    let open = print(&vault);
    close(&mut vault, "prod", vec![b"two".to_vec(), b"one".to_vec()]);
    let text = print(&vault);
    assert_eq!(parse(&text).as_ref(), Ok(&vault));
    let start = text.find("vault = ").unwrap();
    let fields = &text[start..text.len() - 1];
    let line = |key: &str| fields.lines().find(|line| line.starts_with(key)).unwrap();
    let (sealed, print) = (line("closed = "), line("vault = "));
    let versions: Vec<&str> = sealed.split('"').skip(1).step_by(2).collect();
    let list = |all: &[&str]| format!("closed = [{}]", all.join(", "));
    let quoted: Vec<String> = versions.iter().map(|text| format!("\"{text}\"")).collect();
    let [one, two] = [&*quoted[0], &*quoted[1]];
    let mut many: Vec<SealedBytes> = (0..65u8).map(|byte| SealedBytes::new(vec![byte])).collect();
    many.sort_by_key(SealedBytes::digest);
    let many: Vec<String> = many.iter().map(|one| format!("\"{}\"", one.to_base64())).collect();
    let many: Vec<&str> = many.iter().map(|text| &**text).collect();

    let prod = [SectionId::Cluster(Id::parse("prod").unwrap())];
    let reads = |text: &str| {
        let [team, prod] = [&[SectionId::Team][..], &prod].map(|ids| parse_view(text, Selection::Current(ids)).is_ok());
        (team, prod, parse(text).is_ok())
    };
    let requires = |text: &str, needs: &str| text.replacen("requires = [\"closed-sections 0.2\"]", needs, 1);
    // Whether the team can be read, the section, and all of it.
    for (case, text, expected) in [
        ("as it is printed", text.clone(), (true, true, true)),
        ("one version", text.replace(sealed, &format!("closed = {two}")), (true, true, true)),
        ("64 versions", text.replace(sealed, &list(&many[..64])), (true, true, true)),
        ("more than that", text.replace(sealed, &list(&many)), (true, false, false)),
        ("a list of one", text.replace(sealed, &list(&[one])), (true, false, false)),
        ("no version", text.replace(sealed, "closed = []"), (true, false, false)),
        ("another order", text.replace(sealed, &list(&[two, one])), (true, false, false)),
        ("one version twice", text.replace(sealed, &list(&[one, one, two])), (true, false, false)),
        ("no base64", text.replace(sealed, "closed = \"*\""), (true, false, false)),
        ("base64 in another form", text.replace(sealed, "closed = \"QR==\""), (true, false, false)),
        ("other spaces", text.replace(sealed, &sealed.replace(", ", ",  ")), (true, true, true)),
        ("nothing sealed", text.replace(&format!("{sealed}\n"), ""), (true, false, false)),
        ("no members", text.replace(&format!("{}\n", line("members")), ""), (true, false, false)),
        (
            "a secret in the open",
            format!("{text}[clusters.prod.secrets.A]\nvalue = 'a'\nupdated = 2026-11-21T10:00:00Z\nby = \"alice\"\n\n"),
            (true, false, false),
        ),
        (
            "an earlier one in the open",
            format!(
                "{text}[[history.clusters.prod.secrets.A]]\nvalue = 'a'\nupdated = 2026-11-21T10:00:00Z\nby = \"alice\"\n\n"
            ),
            (true, true, false),
        ),
        ("a fingerprint that is none", text.replace(print, "vault = \"vault:x\""), (false, false, false)),
        ("without the feature", requires(&text, "requires = []"), (false, false, false)),
        (
            "with the feature and no closed section",
            open.replacen("requires = []", "requires = [\"closed-sections 0.2\"]", 1),
            (false, false, false),
        ),
        (
            "with the feature of another version",
            requires(&text, "requires = [\"closed-sections 0.1\"]"),
            (false, false, false),
        ),
        (
            "with the feature twice",
            requires(&text, "requires = [\"closed-sections 0.2\", \"closed-sections 0.2\"]"),
            (false, false, false),
        ),
        // Hidden from those who look at the lines alone.
        ("a fingerprint in other quotes", text.replace(print, &print.replace('"', "'")), (false, false, false)),
        (
            "the same, without the feature",
            requires(&text, "requires = []").replace(print, &print.replace('"', "'")),
            (true, false, false),
        ),
        ("the table in other quotes", text.replace("[clusters.prod]", "[clusters.\"prod\"]"), (false, false, false)),
        (
            "the same, without the feature",
            requires(&text, "requires = []").replace("[clusters.prod]", "[clusters.\"prod\"]"),
            (true, false, false),
        ),
        (
            "the fields in another order",
            requires(&text, "requires = []")
                .replace(&format!("{print}\n"), "")
                .replace(sealed, &format!("{sealed}\n{print}")),
            (true, false, false),
        ),
    ] {
        assert_eq!(reads(&text), expected, "{case}: {text}");
    }
}

#[test]
fn refuses_a_text_whose_parts_differ_from_the_whole() {
    // For a TOML parser, the tables that look like B, or like a project, are the inside of a string.
    let fields = "created = 2026-11-21T10:00:00Z\nupdated = 2026-11-21T10:00:00Z\nby = \"alice\"\n";
    let inside = format!("[secrets.B]\nvalue = 'x'\n{fields}");
    let project = "[projects.web]\ncreated = 2026-11-21\n";
    let quoted = |key: &str, inside: &str| format!("{key} = '''\n{inside}'''\n");
    for text in [
        format!("{}[secrets.A]\n{}{fields}\n", print(&empty()), quoted("value", &format!("{project}[secrets.B]\n"))),
        format!("{}[future]\n{}\n", print(&empty()), quoted("text", &inside)),
        print(&empty()).replace("\n[clock]", &format!("{}\n[clock]", quoted("text", &inside))),
        format!("{}[future]\n{}\n", print(&empty()), quoted("text", &format!("{project}[more]\n"))),
    ] {
        assert!(toml::from_str::<toml::Table>(&text).is_ok(), "{text}");
        assert_eq!(parse(&text), Err(ParseError::Damaged { line: None }), "{text}");
    }
}

#[test]
fn refuses_a_name_that_is_both_set_and_disputed_in_any_order() {
    let fields = "value = 'x'\ncreated = 2026-11-21T10:00:00Z\nupdated = 2026-11-21T10:00:00Z\nby = \"alice\"\n\n";
    let (set, disputed) = (format!("[secrets.A]\n{fields}"), format!("[[disputes.secrets.A]]\n{fields}"));
    for tables in [format!("{set}{disputed}"), format!("{disputed}{set}")] {
        let text = format!("{}{tables}", print(&empty()));
        assert_eq!(parse(&text), Err(ParseError::Damaged { line: None }));
        assert!(parse_view(&text, Selection::Current(&[SectionId::Team])).is_err());
    }
}

#[test]
fn the_head_must_print_back_to_exactly_its_own_bytes() {
    let text = print(&empty());
    assert!(parse(&text).is_ok());
    for (from, to) in [
        // The same content in another spelling.
        ("team = \"acme\"", "team = 'acme'"),
        ("format = 1", "format = 1 # one"),
        ("requires = []", "requires = [ ]"),
        ("\n[clock]", "\n\n[clock]"),
        ("[members.alice]", "[members.\"alice\"]"),
        // What would be read as a section, or hides one.
        ("\n[clock]", "secrets = { A = { value = 'x' } }\n\n[clock]"),
        ("\n[clock]", "note = '''\n[secrets.HIDDEN]\nvalue = 'x'\n'''\n\n[clock]"),
        ("\n[members", "\n[future]\nx = 1\n\n[members"),
    ] {
        let other = text.replace(from, to);
        assert_ne!(other, text, "{from}");
        assert!(parse_view(&other, Selection::Current(&[SectionId::Team])).is_err(), "{to}");
    }
}

#[test]
fn refuses_at_reading_what_a_write_could_not_reproduce() {
    let mut vault = empty();
    set(&mut vault, &SectionId::Team, "A", Value::text(Zeroizing::new("1".into())).unwrap());
    let text = print(&vault);
    let record = &text[text.find("[secrets.A]").unwrap()..text.len() - 1];
    let entry = record.replace("[secrets.A]", "[env.A]");
    let dispute = record.replace("[secrets.A]", "[[disputes.env.A]]");
    for other in [
        text.replacen("value = '1'\n", "value = '1'\nx = nan\n", 1),
        text.replace(record, &format!("{entry}\n{record}")),
        text.replace(record, &format!("{record}\n{dispute}")),
    ] {
        assert!(toml::from_str::<toml::Table>(&other).is_ok(), "{other}");
        assert!(parse(&other).is_err(), "{other}");
        assert!(parse_view(&other, Selection::Current(&[SectionId::Team])).is_err(), "{other}");
    }
}

#[test]
fn refuses_a_head_beyond_the_limit_before_it_is_parsed() {
    let long = "x".repeat(HEAD_LIMIT);
    let text = print(&empty()).replace("\n[clock]", &format!("note = \"{long}\"\n\n[clock]"));
    assert_eq!(parse(&text), Err(ParseError::HeadTooLarge));
}
