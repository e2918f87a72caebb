//! Files beyond the limits of a vault: none is read, however it is made, and none is written.

use std::path::Path;
use std::{fs, slice};

use etui::keys::{FILE_LIMIT, Identity, Plugins, STANZAS_LIMIT};
use etui::session::Draft;
use etui::session::envelope::{self, SealError};
use etui::vault::change::Precondition;
use etui::vault::text::{SectionCache, Text, print};
use etui::vault::{ActorId, Details, Member, PublicKeys, SectionId, Stamp, Value, Vault};

use crate::bench::{self, Bench, bytes, names, open, split};

/// The message about a file that is refused, with its hint.
fn refused(path: impl AsRef<Path>, why: &str) -> String {
    format!(
        "error: {} {why}\n hint: restore a good copy, with `git checkout` or from a backup; nothing was changed",
        path.as_ref().display()
    )
}

const HEADER: &str = "has an age header beyond the limits of a vault";
const SIZE: &str = "is larger than 64 MiB, the limit";

/// An age file with more stanzas before its last line. Its MAC is wrong then, which is found later.
fn with_stanzas(sealed: &[u8], stanzas: &str) -> Vec<u8> {
    let at = memchr::memmem::find(sealed, b"\n--- ").unwrap() + 1;
    [&sealed[..at], stanzas.as_bytes(), &sealed[at..]].concat()
}

/// Headers beyond each limit, and one within them.
fn headers() -> [(&'static str, String, &'static str); 6] {
    let stanza = |bytes: usize| format!("-> {}\n\n", "a".repeat(bytes - 5));
    let body = format!("{}\n", "A".repeat(64));
    [
        ("too many stanzas", "-> a\n\n".repeat(STANZAS_LIMIT), HEADER),
        ("a stanza with long arguments", stanza(16 * 1024 + 1), HEADER),
        ("a stanza with a long body", format!("-> a\n{}\n", body.repeat(16 * 1024)), HEADER),
        ("a long header", stanza(16 * 1024).repeat(64), HEADER),
        ("a long header of grease", "-> -grease\n\n".repeat(100_000), HEADER),
        (
            "all within the limits",
            "-> a\n\n".repeat(STANZAS_LIMIT - 1) + &stanza(16 * 1024).replace("-> aaaaaaaa", "-> -grease "),
            "is damaged: its bytes are not those that were written",
        ),
    ]
}

#[test]
fn a_header_beyond_a_limit_is_refused() {
    let bench = Bench::acme();
    bench.set("A", "one", &["-g"]);
    let (good, beside) = (bytes(bench.vault()), names(bench.home()));
    let copy = bench.work().join("copy.age");
    for (what, stanzas, why) in headers() {
        let forged = with_stanzas(&good, &stanzas);
        fs::write(bench.vault(), &forged).unwrap();
        for line in ["get A -g", "set A -g --value new"] {
            bench.etui(line.split(' ')).fails(6, &refused(bench.vault(), why));
        }
        assert!(bytes(bench.vault()) == forged, "{what}");
        assert_eq!(names(bench.home()), beside, "{what}");

        // A vault that is handed over as bytes, and a sealed environment.
        fs::write(bench.vault(), &good).unwrap();
        fs::write(&copy, &forged).unwrap();
        bench.etui(["merge", "copy.age"]).fails(6, &refused(&copy, why));
        bench.etui(["run", "--sealed", "copy.age", "true"]).fails(6, &refused(&copy, why));
    }
    bench.etui(["get", "A", "-g"]).prints("one");
}

#[test]
fn a_file_beyond_the_limit_is_refused_before_it_is_read() {
    let bench = Bench::acme();
    bench.set("A", "one", &["-g"]);
    let good = bytes(bench.vault());
    let file = fs::OpenOptions::new().write(true).open(bench.vault()).unwrap();
    let appended = "is damaged: its bytes are not those that were written";
    for (size, why) in [(FILE_LIMIT, appended), (FILE_LIMIT + 1, SIZE), (1 << 40, SIZE)] {
        // The rest of the file is zeros that take no space.
        file.set_len(size).unwrap();
        for line in ["get A -g", "set A -g --value new"] {
            bench.etui(line.split(' ')).fails(6, &refused(bench.vault(), why));
        }
        assert_eq!(fs::metadata(bench.vault()).unwrap().len(), size);
        let sealed = bench.etui(["run", "--sealed", bench.vault().to_str().unwrap(), "true"]);
        sealed.fails(6, &refused(bench.vault(), why));
    }
    fs::write(bench.vault(), good).unwrap();
    let copy = bench.work().join("copy.age");
    fs::File::create(&copy).unwrap().set_len(FILE_LIMIT + 1).unwrap();
    bench.etui(["merge", "copy.age"]).fails(6, &refused(&copy, SIZE));
    bench.etui(["get", "A", "-g"]).prints("one");
}

#[test]
fn a_write_beyond_the_limit_leaves_the_old_vault() {
    let bench = Bench::acme();
    let (alice, mut vault) = read(&bench);
    let stamp = Stamp { by: "alice".parse().unwrap(), at: vault.head.written_at };
    for number in 0..63 {
        let name = format!("A{number}").parse().unwrap();
        let value = Value::text(vec![b'x'; 1 << 20].into()).unwrap();
        vault.sections.set(&SectionId::Team, &name, value, Details::default(), Precondition::Any, &stamp).unwrap();
    }
    let mut draft = Draft { vault, writer: &alice, by: stamp.by, actor: Some(ActorId(1)) };
    fs::write(bench.vault(), draft.seal(None, SectionCache::new(), &Plugins::default()).unwrap().unwrap().bytes)
        .unwrap();

    let before = bytes(bench.vault());
    bench.piped(vec![b'y'; 1 << 20], ["set", "A0", "-g", "--file", "-"]).fails(
        1,
        "error: the file would be larger than 64 MiB, the limit\n \
         hint: nothing was changed; earlier values take space too: `etui purge`",
    );
    assert!(bytes(bench.vault()) == before);
}

#[test]
fn a_vault_has_as_many_members_as_its_head_can_hold() {
    let bench = Bench::acme();
    let (alice, mut vault) = read(&bench);
    let founder = vault.head.members.values().next().unwrap().clone();
    let add = |vault: &mut Vault, number: usize| {
        let member = Member { keys: PublicKeys::reader(Identity::generate().recipient()), ..founder.clone() };
        vault.head.members.insert(format!("m{number}").parse().unwrap(), member);
    };
    let seal = |vault: &Vault| {
        envelope::seal(
            vault,
            &Text::new(print(vault)),
            alice.open_signer().unwrap(),
            &mut SectionCache::new(),
            &Plugins::default(),
        )
    };

    (1..2_000).for_each(|number| add(&mut vault, number));
    let sealed = seal(&vault).unwrap().bytes;
    let text = open(&sealed, slice::from_ref(&alice)).unwrap();
    assert_eq!(bench::vault(split(&text).0), vault);

    (2_000..STANZAS_LIMIT).for_each(|number| add(&mut vault, number));
    assert!(matches!(seal(&vault), Err(SealError::HeadTooLarge)));
    (STANZAS_LIMIT..=STANZAS_LIMIT + 1).for_each(|number| add(&mut vault, number));
    assert!(matches!(seal(&vault), Err(SealError::TooManyMembers)));
}

/// The machine's key, and its vault.
fn read(bench: &Bench) -> (Identity, Vault) {
    let alice = Identity::parse_all(&bytes(bench.key())).unwrap().remove(0);
    let text = open(&bytes(bench.vault()), slice::from_ref(&alice)).unwrap();
    (alice, bench::vault(split(&text).0))
}
