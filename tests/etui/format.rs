//! The file format: what `src/vault/text/FORMAT.md` says, and the golden vaults that must open for ever.

mod closed;
mod damaged;
pub mod golden;
mod vectors;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use etui::keys;
use etui::vault::text::{print, trailer};
use etui::vault::{ActorId, HashKey, Vault};

use crate::bench::{Bench, Outcome, bytes, names, open, signed};
use crate::update;

fn fixture(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures/golden/0.1").join(name)
}

/// The fixtures with an encrypted text: the file, its text, and to whom it is encrypted.
fn golden_files() -> [(&'static str, String, Vec<etui::vault::Recipient>); 2] {
    let vault = golden::made();
    let members = vault.head.members.values().map(|member| member.recipient().clone()).collect();
    let text = signed(&golden::bob().identity, &print(&vault));
    let environment = golden::made_for_machine(&vault);
    [("acme.age", text, members), ("machine.age", environment, vec![golden::machine().identity.recipient()])]
}

#[test]
fn the_golden_vault_is_still_written_byte_for_byte() {
    for (file, person) in
        [("identity.txt", golden::bob()), ("ci.txt", golden::ci()), ("machine.txt", golden::machine())]
    {
        let text = person.identity.print("2026-11-21T10:00:00Z".parse().unwrap());
        if update::is_on() {
            fs::write(fixture(file), text.as_bytes()).unwrap();
        }
        assert_eq!(String::from_utf8(bytes(fixture(file))).unwrap(), *text);
    }
    let keys = [golden::bob(), golden::machine()].map(|person| person.identity);
    for (file, text, recipients) in golden_files() {
        // The encryption is random, so a file whose text is right stays.
        let is_right =
            fs::read(fixture(file)).is_ok_and(|file| open(&file, &keys).is_ok_and(|old| old == text.as_bytes()));
        if !is_right && update::is_on() {
            fs::write(fixture(file), keys::seal(&[text.as_bytes()], &recipients).unwrap()).unwrap();
        }
        assert_eq!(String::from_utf8(open(&bytes(fixture(file)), &keys).unwrap()).unwrap(), text, "{file}");
    }
}

#[test]
fn the_vectors_in_the_document_are_true() {
    let [(_, text, _), _] = golden_files();
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src/vault/text/FORMAT.md");
    let document = fs::read_to_string(&path).unwrap();
    let (before, rest) = document.split_once("```text vectors\n").unwrap();
    let (shown, after) = rest.split_once("```").unwrap();
    let computed = vectors::print(&text);
    if update::is_on() {
        fs::write(path, format!("{before}```text vectors\n{computed}```{after}")).unwrap();
    } else {
        assert_eq!(shown, computed, "UPDATE=1 rewrites them");
    }
    assert!(before.contains(text[text.len() - trailer::LENGTH..].replace('\n', "\n   ").trim_end()));
}

/// What the vectors compute by themselves is what the program computes.
#[test]
fn the_program_hashes_values_as_the_document_says() {
    let vault = golden::made();
    for hashes in vault.read.values() {
        assert!(hashes.contains(&vectors::value_hash(&[9; 32], b"postgres://team")));
    }
    let [one, other] = [&b"one's"[..], &[0xfe, 0xed]].map(|value| vectors::value_hash(&vectors::order_key(), value));
    let (api, token) = ("project:api".parse().unwrap(), "TOKEN".parse().unwrap());
    let dispute = vault.sections.dispute(&api, &token).unwrap();
    assert_eq!(dispute.by[0].0.as_str(), if one < other { "bob" } else { "carol" });

    let [mut ours, mut theirs] = [vault.clone(), vault.clone()];
    for (side, byte) in [(&mut ours, 10), (&mut theirs, 9)] {
        side.head.clock.tick(ActorId(byte));
        side.head.hash_key = HashKey([byte as u8; 32]);
    }
    let base = Vault { head: etui::vault::Head { hash_key: HashKey([8; 32]), ..vault.head.clone() }, ..vault };
    let merged = Vault::merge(Some(&base), &ours, &theirs, None).unwrap().vault;
    assert!(merged.head.hash_key.0 == vectors::merged_hash_key(&[9; 32], &[10; 32]));
}

/// Scopes of the golden vault. In the last one a name is disputed.
const SCOPES: [&[&str]; 6] =
    [&[], &["-c", "eu.west"], &["-c", "gpu"], &["-p", "web"], &["-p", "web", "-c", "gpu"], &["-p", "api"]];

/// Runs etui on a vault with a key, on a machine that has never seen either.
fn etui(bench: &Bench, key: &Path, arguments: &[&str]) -> Outcome {
    let mut command = bench.command(arguments);
    Outcome::from(command.env("ETUI_KEY", fs::read_to_string(key).unwrap()).output().unwrap())
}

fn resolve(vault: &Path, key: &Path, scope: &[&str]) -> Outcome {
    let options = ["resolve", "-j", "--no-link", "--vault", vault.to_str().unwrap()];
    etui(&Bench::new(), key, &[&options, scope].concat())
}

/// Runs the other reader. Its Python is the one that `.ci/readers` installs.
fn read(vault: &Path, key: &Path, scope: &[&str]) -> Outcome {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut python = Command::new(root.join("target/readers/python/bin/python"));
    python.arg(root.join("tests/etui/format/read.py")).arg(key).arg(vault).args(scope);
    Outcome::from(python.output().unwrap())
}

#[test]
fn the_golden_vaults_of_all_releases_open() {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/golden");
    let versions: Vec<String> = names(&golden).into_iter().filter(|name| name != "README.md").collect();
    assert!(versions.contains(&"0.1".to_owned()));
    for version in versions {
        let [vault, key, reader, expected, sealed, machine] =
            ["acme.age", "identity.txt", "ci.txt", "expected.json", "machine.age", "machine.txt"]
                .map(|file| golden.join(&version).join(file));
        let mut found = serde_json::Map::new();
        for scope in &SCOPES[..5] {
            found.insert(scope.join(" "), resolve(&vault, &key, scope).ok().document());
        }
        let printed = serde_json::to_string_pretty(&found).unwrap() + "\n";
        if update::is_on() && version == "0.1" {
            fs::write(&expected, &printed).unwrap();
        }
        assert_eq!(fs::read_to_string(&expected).unwrap(), printed, "{version}");
        assert_eq!(resolve(&vault, &key, SCOPES[5]).code, 4);
        assert_eq!(resolve(&vault, &reader, SCOPES[1]).ok().document(), found["-c eu.west"]);

        // A write reads all of it, and keeps it.
        let bench = Bench::new();
        let copy = bench.work().join("copy.age");
        fs::copy(&vault, &copy).unwrap();
        let before = open(&bytes(&copy), &[golden::bob().identity]).unwrap();
        etui(&bench, &key, &["set", "NEW", "-g", "--value", "new", "--vault", "copy.age"]).ok();
        etui(&bench, &key, &["get", "NEW", "-g", "--vault", "copy.age"]).prints("new");
        let after = open(&bytes(&copy), &[golden::bob().identity]).unwrap();
        let [before, after] = [&before, &after].map(|text| String::from_utf8_lossy(text).into_owned());
        let tables = |text: &str| {
            text.split("\n\n").filter(|table| table.starts_with('[')).map(str::to_owned).collect::<Vec<_>>()
        };
        let (before, after) = (tables(&before), tables(&after));
        let lost: Vec<&String> = before.iter().filter(|table| !after.contains(table)).collect();
        assert!(lost.iter().all(|table| table.starts_with("[clock]") || table.starts_with("[signature]")), "{lost:?}");

        let environment =
            etui(&bench, &machine, &["run", "--sealed", sealed.to_str().unwrap(), "--", "env", "-0"]).ok();
        let environment: Vec<&str> = environment.text().split('\0').collect();
        for (name, value) in found["-p web"].as_object().unwrap() {
            assert!(environment.contains(&&*format!("{name}={}", value.as_str().unwrap())), "{name}");
        }
    }
}

#[test]
#[ignore = "needs python3, age and cryptography"]
fn another_reader_agrees_about_every_vault() {
    let demo = |file: &str| Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/demo").join(file);
    let (golden, key) = (fixture("acme.age"), fixture("identity.txt"));
    let with_demo =
        [&["-g"][..], &["-p", "web", "-c", "gpu"]].map(|scope| (demo("demo.age"), demo("identity.txt"), scope));
    let closed = (demo("demo.age"), demo("production.txt"), &["-c", "prod"][..]);
    let cases = SCOPES[..5].iter().map(|scope| (golden.clone(), key.clone(), *scope)).chain(with_demo).chain([closed]);
    for (vault, key, scope) in cases {
        let expected = resolve(&vault, &key, scope).ok().document();
        let scope: &[&str] = if scope == ["-g"] { &[] } else { scope };
        assert_eq!(read(&vault, &key, scope).ok().document(), expected, "{vault:?} {scope:?}");
    }
    assert_eq!(read(&golden, &key, SCOPES[5]).code, 1, "disputed");
    assert_eq!(read(&demo("demo.age"), &demo("identity.txt"), &["-c", "prod"]).code, 1, "closed");
    let for_machine = read(&fixture("machine.age"), &fixture("machine.txt"), &["--environment"]).ok().document();
    let mut variables = resolve(&golden, &key, &["-p", "web"]).document();
    // The entry of cluster files, which `resolve` cannot print.
    variables["TLS_FILE"] = "/wD+".into();
    assert_eq!(for_machine, variables);

    let [(_, text, recipients), _] = golden_files();
    let directory = tempfile::tempdir().unwrap();
    for (what, sealed) in damaged::variants(&golden::made(), &text, &recipients) {
        let vault = directory.path().join("damaged.age");
        fs::write(&vault, sealed).unwrap();
        let read = read(&vault, &key, &[]);
        assert!(read.code == 1 && read.err.starts_with("refused: "), "{what}: {read:?}");
    }
}

#[test]
fn every_damaged_variant_is_refused() {
    let [(_, text, recipients), _] = golden_files();
    for (what, sealed) in damaged::variants(&golden::made(), &text, &recipients) {
        let bench = Bench::new();
        let vault = bench.work().join("damaged.age");
        fs::write(&vault, &sealed).unwrap();
        let set =
            etui(&bench, &fixture("identity.txt"), &["set", "NEW", "-g", "--value", "new", "--vault", "damaged.age"]);
        let expected = if matches!(what, "format 2" | "an unknown feature") { 1 } else { 6 };
        assert_eq!((set.code, set.text()), (expected, ""), "{what}: {}", set.err);
        assert!(bytes(&vault) == sealed, "{what}");
    }
}
