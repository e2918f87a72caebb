//! The golden vault with closed sections. Whoever has `age` and a TOML parser reads it, by doing the same twice.

use std::fs;
use std::io::Write as _;
use std::process::{Command, Stdio};

use base64::prelude::{BASE64_STANDARD, Engine as _};
use etui::keys::{self, Identity};
use etui::vault::text::print;
use etui::vault::{ActorId, Recipient, SealedBytes, SectionId, Vault, VaultId};

use super::golden::{Person, at, bob, ci, entry, person, set, text};
use super::{etui, fixture, resolve};
use crate::bench::{Bench, Outcome, bytes, open, signed, vault};
use crate::update;

const FILE: &str = "closed.age";

/// A version of an inner vault: its text, and to whom that is encrypted.
struct Version {
    section: SectionId,
    text: String,
    to: Vec<Recipient>,
}

fn id(text: &str) -> SectionId {
    text.parse().unwrap()
}

/// bob founds the vault. cluster prod is closed for him and ci, who reads. project web is closed to all but carol, and in
/// two versions, since a writer outside merged two changes of hers.
fn made() -> (Vault, Vec<Version>) {
    let (bob, ci, carol) = (bob(), ci(), person("carol", 0x0c));
    let mut vault = bob.acts(0, |by| Vault::found("acme".parse().unwrap(), VaultId([0x5b; 16]), by));
    bob.acts(1, |by| {
        vault.add_member(&ci.member(), ci.keys(false), by).unwrap();
        vault.add_member(&carol.member(), carol.keys(true), by).unwrap();
    });
    for section in ["cluster:prod", "project:web"].map(id) {
        vault.create_section(section.kind().unwrap(), section.id().unwrap(), &bob.stamp(2)).unwrap();
    }
    set(&mut vault, "team", "LEVEL", text("info"), &bob.stamp(3));
    set(&mut vault, "cluster:prod", "DB", text("postgres://first"), &bob.stamp(3));
    set(&mut vault, "cluster:prod", "DB", text("postgres://prod"), &bob.stamp(4));
    entry(&mut vault, "cluster:prod", "DATABASE_URL", text("secret:DB"), &bob.stamp(4));
    set(&mut vault, "project:web", "TOKEN", text("for carol"), &bob.stamp(4));
    bob.acts(5, |by| vault.close_section(&id("cluster:prod"), VaultId([0xc1; 16]), &[ci.member()], by).unwrap());
    carol.acts(6, |by| vault.close_section(&id("project:web"), VaultId([0xc2; 16]), &[], by).unwrap());

    for section in vault.opened() {
        let members = vault.sections.get(&section).unwrap().inner().unwrap().head.fingerprints();
        vault.sections.closed_mut(&section).unwrap().members = members;
    }
    let mut versions = vec![version(&mut vault, "cluster:prod", &bob, 7, 1)];
    for (minute, actor) in [(8, 2), (9, 3)] {
        let mut side = vault.clone();
        set(&mut side, "project:web", "TOKEN", text(&format!("version {actor}")), &carol.stamp(minute));
        versions.push(version(&mut side, "project:web", &carol, minute, actor));
    }
    vault.head.clock.tick(ActorId(0xb0b0_0000_0000_0002));
    (vault.head.written_by, vault.head.written_at) = (bob.member(), at(10));
    (vault.outer(), versions)
}

/// What this writer signs of an inner vault.
fn version(vault: &mut Vault, section: &str, by: &Person, minute: u8, actor: u64) -> Version {
    let section = id(section);
    let inner = vault.change_inner(&section, |inner| {
        inner.head.clock.tick(ActorId(actor));
        (inner.head.written_by, inner.head.written_at) = (by.member(), at(minute));
        inner.clone()
    });
    let inner = inner.unwrap();
    let to = inner.head.members.values().map(|member| member.recipient().clone()).collect();
    Version { section, text: signed(&by.identity, &print(&inner)), to }
}

/// The text of the golden vault, with these encrypted versions of its closed sections.
fn text_with(mut outer: Vault, sealed: &[(SectionId, Vec<u8>)]) -> String {
    for (section, bytes) in sealed {
        let closed = outer.sections.closed_mut(section).unwrap();
        closed.updated = at(9);
        closed.sealed.push(SealedBytes::new(bytes.clone()));
        closed.sealed.sort_by_key(SealedBytes::digest);
    }
    signed(&bob().identity, &print(&outer))
}

fn members(outer: &Vault) -> Vec<Recipient> {
    outer.head.members.values().map(|member| member.recipient().clone()).collect()
}

/// The versions in the fixture.
fn in_fixture(keys: &[Identity]) -> Option<Vec<(SectionId, Vec<u8>)>> {
    let plain = open(&fs::read(fixture(FILE)).ok()?, keys).ok()?;
    let outer = vault(crate::bench::split(&plain).0);
    let all = outer
        .sections
        .closed()
        .flat_map(|(section, closed)| closed.sealed.iter().map(|sealed| (section.clone(), sealed.as_slice().to_vec())));
    Some(all.collect())
}

/// As with the other golden files, the encryption is random, so what is right stays.
#[test]
fn the_golden_vault_with_closed_sections_is_still_written_byte_for_byte() {
    let (outer, versions) = made();
    let keys = [bob().identity, person("carol", 0x0c).identity];
    let texts = |sealed: &[(SectionId, Vec<u8>)]| {
        let mut texts: Vec<_> = sealed
            .iter()
            .map(|(section, bytes)| (section.to_string(), String::from_utf8(open(bytes, &keys).unwrap()).unwrap()))
            .collect();
        texts.sort();
        texts
    };
    let mut expected: Vec<_> =
        versions.iter().map(|version| (version.section.to_string(), version.text.clone())).collect();
    expected.sort();

    let text_of_fixture = || String::from_utf8(open(&bytes(fixture(FILE)), &keys).unwrap()).unwrap();
    let is_right = in_fixture(&keys)
        .is_some_and(|sealed| texts(&sealed) == expected && text_of_fixture() == text_with(outer.clone(), &sealed));
    if update::is_on() && !is_right {
        let seal = |version: &Version| keys::seal(&[version.text.as_bytes()], &version.to).unwrap();
        let sealed: Vec<_> = versions.iter().map(|version| (version.section.clone(), seal(version))).collect();
        let text = text_with(outer.clone(), &sealed);
        fs::write(fixture(FILE), keys::seal(&[text.as_bytes()], &members(&outer)).unwrap()).unwrap();
    }
    let sealed = in_fixture(&keys).unwrap();
    assert_eq!(texts(&sealed), expected);
    assert_eq!(text_of_fixture(), text_with(outer, &sealed));
}

#[test]
fn closed_sections_of_the_golden_vault_open_for_those_who_may() {
    let [file, bob, ci] = [FILE, "identity.txt", "ci.txt"].map(fixture);
    for key in [&bob, &ci] {
        let prod = serde_json::json!({"LEVEL": "info", "DB": "postgres://prod", "DATABASE_URL": "postgres://prod"});
        assert_eq!(resolve(&file, key, &["-c", "prod"]).ok().document(), prod);
        assert_eq!(resolve(&file, key, &["-p", "web"]).code, 5);
    }
    // A write keeps what it cannot open, byte for byte.
    let bench = Bench::new();
    fs::copy(&file, bench.work().join("copy.age")).unwrap();
    etui(&bench, &bob, &["set", "DB", "-c", "prod", "--value", "new", "--vault", "copy.age"]).ok();
    let after = vault(
        crate::bench::split(&open(&bytes(bench.work().join("copy.age")), &[super::golden::bob().identity]).unwrap()).0,
    );
    let web = after.sections.get(&id("project:web")).unwrap().closed.clone().unwrap();
    let kept: Vec<_> = web.sealed.iter().map(|sealed| (id("project:web"), sealed.as_slice().to_vec())).collect();
    let before = in_fixture(&[super::golden::bob().identity]).unwrap();
    assert_eq!(kept, before.into_iter().filter(|(section, _)| *section == id("project:web")).collect::<Vec<_>>());
}

/// Reads cluster prod with nothing but a way to decrypt age files, a TOML parser and base64.
fn read_twice(decrypt: impl Fn(&[u8]) -> Vec<u8>) {
    let table =
        |sealed: &[u8]| -> toml::Table { toml::from_str(std::str::from_utf8(&decrypt(sealed)).unwrap()).unwrap() };
    let outer = table(&bytes(fixture(FILE)));
    assert_eq!(outer["requires"], toml::Value::from(vec!["closed-sections 0.2"]));
    let prod = &outer["clusters"]["prod"];
    assert_eq!(prod["members"].as_array().unwrap().len(), 2);
    assert_eq!(outer["projects"]["web"]["closed"].as_array().unwrap().len(), 2);
    let inner = table(&BASE64_STANDARD.decode(prod["closed"].as_str().unwrap()).unwrap());
    assert_eq!(inner["secrets"]["DB"]["value"].as_str(), Some("postgres://prod"));
    assert_eq!(inner["env"]["DATABASE_URL"]["value"].as_str(), Some("secret:DB"));
    assert_eq!(inner["history"]["secrets"]["DB"][0]["value"].as_str(), Some("postgres://first"));
    assert_eq!((&inner["within"], &inner["section"]), (&outer["id"], &"cluster:prod".into()));
}

#[test]
fn age_and_a_toml_parser_read_a_closed_section() {
    let identity: age::x25519::Identity =
        fs::read_to_string(fixture("identity.txt")).unwrap().lines().last().unwrap().parse().unwrap();
    read_twice(|sealed| age::decrypt(&identity, sealed).unwrap());
}

#[test]
#[ignore = "needs age"]
fn stock_age_and_a_toml_parser_read_a_closed_section() {
    read_twice(|sealed| {
        let mut age = Command::new("age");
        age.args(["-d", "-i"]).arg(fixture("identity.txt")).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = age.spawn().expect("age");
        child.stdin.take().unwrap().write_all(sealed).unwrap();
        Outcome::from(child.wait_with_output().unwrap()).ok().out
    });
}
