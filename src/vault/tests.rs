//! Small vaults from short texts, for the tests of this module.

use std::collections::BTreeSet;
use std::sync::Arc;

use sha2::Digest as _;

use super::*;

pub fn stamp() -> Stamp {
    Stamp { by: MemberName::parse("alice").unwrap(), at: Timestamp::parse("2026-11-21T10:00:00Z").unwrap() }
}

pub fn name(text: &str) -> SecretName {
    SecretName::parse(text).unwrap()
}

pub fn id(text: &str) -> SectionId {
    text.parse().unwrap()
}

/// Makes sections from lines such as `project web: A=1 B:=secret:A`, where `:=` makes an entry.
pub fn sections(lines: &[&str]) -> Sections {
    let mut sections = Sections::default();
    for line in lines {
        let (section, records) = line.split_once(':').unwrap();
        let created = Some(stamp().at);
        let section =
            sections.0.entry(id(section)).or_insert_with(|| Arc::new(Section { created, ..Section::default() }));
        let section = Arc::make_mut(section);
        for record in records.split_whitespace() {
            let (key, value) = record.split_once('=').unwrap();
            let value = Value::text(value.as_bytes().to_vec().into()).unwrap();
            let records = if key.ends_with(':') { &mut section.env } else { &mut section.secrets };
            records.set(&name(key.trim_end_matches(':')), value, Details::default(), &stamp());
        }
    }
    sections
}

pub fn context(text: &str) -> Context {
    let (cluster, project) = text.split_once('/').unwrap();
    let part = |text: &str| Id::parse(text).ok();
    Context { cluster: part(cluster), project: part(project) }
}

/// Resolves an environment, and prints it or its error in one line.
pub fn resolve(sections: &Sections, at: &str, only: Option<&[&str]>) -> String {
    let only: Option<BTreeSet<SecretName>> = only.map(|names| names.iter().map(|text| name(text)).collect());
    match sections.resolve(&context(at), only.as_ref()) {
        Err(ResolveError::NotSet { name, .. }) => format!("{name} is not set"),
        Err(ResolveError::ReferenceMissing { entry, section, target, .. }) => {
            format!("{entry} of {section} misses {target}")
        }
        Err(ResolveError::Disputed { dispute, entry }) => {
            let by = entry.map_or(String::new(), |(entry, section)| format!("{entry} of {section}: "));
            format!("{by}{} of {} is disputed", dispute.name, dispute.section)
        }
        Ok(variables) => {
            let show = |variable: &Variable<'_>| match &variable.given {
                VariableContent::Value(value) => format!("{}={}", variable.name, value.as_text()),
                VariableContent::File(value) => format!("{}=<{}>", variable.name, value.as_text()),
            };
            variables.iter().map(show).collect::<Vec<_>>().join(" ")
        }
    }
}

// Members whose signatures are hashes: good enough where nobody signs with the key of another.

pub fn member(text: &str) -> MemberName {
    MemberName::parse(text).unwrap()
}

pub fn key(of: &str) -> WriterKey {
    WriterKey(sha2::Sha256::digest(of).into())
}

pub fn public(of: &str, is_writer: bool) -> PublicKeys {
    let recipient = Recipient::new(&format!("age1{of}"));
    let card_signature = sign(&key(of), &member::carded(&recipient, &key(of)));
    let writer = is_writer.then(|| WriterHalf { key: key(of), card_signature });
    PublicKeys { recipient, writer }
}

/// The fingerprint of a writer's keys.
pub fn print_of(of: &str) -> Fingerprint {
    public(of, true).fingerprint()
}

pub fn sign(key: &WriterKey, bytes: &[u8]) -> Signature {
    let half = |number: u8| sha2::Sha256::digest([&key.0[..], &[number], bytes].concat());
    Signature([half(0), half(1)].concat().try_into().unwrap())
}

pub fn verify(key: &WriterKey, bytes: &[u8], signature: &Signature) -> bool {
    sign(key, bytes) == *signature
}

/// Changes the members as this writer.
pub fn as_voucher<T>(of: &str, change: impl FnOnce(&Endorser<'_>) -> T) -> T {
    as_named(&member(of), of, HashKey([9; 32]), change)
}

/// Changes the members as the writer with these keys, whatever its name, and with this fresh key for hashes.
pub fn as_named<T>(name: &MemberName, of: &str, fresh: HashKey, change: impl FnOnce(&Endorser<'_>) -> T) -> T {
    let stamp = Stamp { by: name.clone(), at: stamp().at };
    change(&Endorser {
        stamp: &stamp,
        keys: public(of, true),
        sign: &|signed| sign(&key(of), signed),
        fresh: &|| fresh,
    })
}

/// Replaces the root's own keys.
pub fn replace_root(vault: &mut Vault, name: &MemberName, old: &str, new: &str) -> Result<(), MemberError> {
    let fresh = HashKey([9; 32]);
    as_named(name, old, fresh, |old| as_named(name, new, fresh, |new| vault.replace_root(old, new)))
}

/// A member, endorsed by that writer.
pub fn entry(id: &VaultId, name: &str, public: PublicKeys, by: &str) -> Member {
    Member {
        endorsement: sign(&key(by), &member::endorsed(id, &member(name), &public)),
        keys: public,
        added: stamp().at,
        endorsed_by: print_of(by),
        extra: toml::Table::new(),
    }
}

/// A vault as it is right after `init`: empty, with one member and one write.
pub fn founded(by: &str) -> Vault {
    let team = TeamName::parse("acme").unwrap();
    let mut vault = as_voucher(by, |by| Vault::found(team, VaultId([7; 16]), by));
    vault.head.hash_key = HashKey([1; 32]);
    vault.head.clock.tick(ActorId(1));
    vault
}
