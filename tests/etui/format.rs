//! The file format: what `src/vault/text/FORMAT.md` says, and the golden vaults that must open for ever.

mod golden;

use std::fs;
use std::path::PathBuf;

use etui::keys;
use etui::vault::text::print;

use crate::bench::{bytes, open, signed};
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
    for (file, person) in [("identity.txt", golden::bob()), ("ci.txt", golden::ci()), ("machine.txt", golden::machine())]
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
        let is_right = fs::read(fixture(file)).is_ok_and(|file| open(&file, &keys).is_ok_and(|old| old == text.as_bytes()));
        if !is_right && update::is_on() {
            fs::write(fixture(file), keys::seal(&[text.as_bytes()], &recipients).unwrap()).unwrap();
        }
        assert_eq!(String::from_utf8(open(&bytes(fixture(file)), &keys).unwrap()).unwrap(), text, "{file}");
    }
}
