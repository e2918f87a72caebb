//! What a writer of the vault who is not in a closed section does with it: replaces, rolls back, drops, opens and
//! floods it, and tells lies about it.

use etui::keys::{self, Identity};
use etui::vault::text::print;
use etui::vault::{ActorId, Clock, Closed, Kind, SealedBytes, SectionId, Vault, VaultId, Within};

use super::{Attack, Team, add, around, as_writer, inner_bytes, member, newer, written_by};
use crate::bench::{Bench, bytes, public_keys, sealed, signed};

const READ: &str = "resolve -c gpu";
const WRITE: &str = "set A -c gpu --value new";
const UNCLOSED: &str = "was closed, and is open or gone; carol wrote it";
const RENAMED: &str = "has become ";
const OTHER: &str = "is another vault than before: vault:";
const ELSEWHERE: &str = "holds a vault that belongs elsewhere";
const OLDER: &str = "is older than what this laptop has seen";
const WITHHELD: &str = "is not encrypted to your key, although you are a member of it";
const LOCKED: &str = "is closed to your key";
const TEXT: &str = "does not hold a vault";

fn gpu() -> SectionId {
    "cluster:gpu".parse().unwrap()
}

fn closed<'v>(vault: &'v mut Vault, id: &SectionId) -> &'v mut Closed {
    vault.sections.closed_mut(id).unwrap()
}

/// Puts an inner vault into a section that is closed, with its own fingerprint.
fn put_in(outer: &mut Vault, section: &SectionId, inner: &Vault, sealed: Vec<u8>) {
    let print = inner.head.fingerprint().unwrap();
    outer.head.closed.insert(section.clone(), print.clone());
    let closed = closed(outer, section);
    (closed.vault, closed.members) = (print, inner.head.fingerprints());
    closed.sealed = vec![SealedBytes::new(sealed)];
}

/// The text of a vault, changed in the table of cluster gpu alone.
fn with_table(outer: &Vault, change: impl Fn(&str) -> String) -> String {
    let text = print(outer);
    let start = text.find("[clusters.gpu]").unwrap();
    let end = start + text[start..].find("\n\n").unwrap() + 2;
    [&text[..start], &change(&text[start..end]), &text[end..]].concat().replacen(
        &format!("written_by = \"{}\"", outer.head.written_by),
        "written_by = \"carol\"",
        1,
    )
}

/// Each command refuses each attack, which carol signed.
#[test]
fn a_writer_outside_changes_nothing_in_a_closed_section() {
    let mut team = Team::closed();
    let old = team.good_bytes();
    team.bench.etui("project close web --for carol -y".split(' ')).ok();
    team.bench.set("A", "the-third", &["-c", "gpu"]);
    team.good = team.bench.snapshot();
    let elsewhere = Bench::acme();
    elsewhere.set("A", "theirs", &["-c", "gpu"]);
    elsewhere.etui("cluster close gpu --for alice -y".split(' ')).ok();
    let alices = Identity::parse_all(&bytes(elsewhere.key())).unwrap();
    let theirs = String::from_utf8(crate::bench::open(&bytes(elsewhere.vault()), &alices).unwrap()).unwrap();
    let theirs = inner_bytes(&crate::bench::vault(crate::bench::split(theirs.as_bytes()).0), &gpu());

    let (web, gpu) = ("project:web".parse().unwrap(), gpu());
    let good = newer(team.outer());
    let now = team.good_bytes();
    let changed = |change: &dyn Fn(&mut Vault)| {
        let mut vault = good.clone();
        change(&mut vault);
        team.by_carol(vault)
    };
    let bytes_are = |sealed: &[u8]| team.file(sealed);
    let versions = |all: Vec<Vec<u8>>| {
        changed(&|vault| {
            let mut all: Vec<SealedBytes> = all.iter().cloned().map(SealedBytes::new).collect();
            all.sort_by_key(SealedBytes::digest);
            closed(vault, &gpu).sealed = all;
        })
    };
    let to_eve = keys::seal(&[b"text"], [&team.eve.recipient()]).unwrap();
    let mut carols = team.vault();
    (carols.head.id, carols.head.written_by) = (VaultId([5; 16]), member("carol"));
    carols.head.members.clear();
    add(&mut carols, "carol", public_keys(&team.carol, true), &team.carol);
    let to_all = |vault: &Vault| team.sealed(&written_by(vault.clone(), "carol", &team.carol));
    let with_table = |change: &dyn Fn(&str) -> String| {
        sealed(signed(&team.carol, &with_table(&good, change)), [&team.alice, &team.bob])
    };
    let nested = |change: &dyn Fn(&mut Vault)| {
        let mut inner = team.vault();
        change(&mut inner);
        team.file(&team.sealed(&written_by(inner, "bob", &team.bob)))
    };
    let stamp = || as_writer(&team.bob, "bob", |by| by.stamp.clone());
    let attack = |what, file, code, message| Attack { what, file, code, message };
    let attacks = [
        attack("an older version", bytes_are(&old), 6, OLDER),
        attack("the inner vault of another section", bytes_are(&inner_bytes(&good, &web)), 6, ELSEWHERE),
        attack("the inner vault of another team", bytes_are(&theirs), 6, WITHHELD),
        attack("the team's vault itself", bytes_are(&team.good.vault), 6, ELSEWHERE),
        attack(
            "one of her own, under her fingerprint",
            changed(&|vault| put_in(vault, &gpu, &carols, to_all(&carols))),
            6,
            OTHER,
        ),
        attack(
            "one of her own, under the old fingerprint",
            bytes_are(&to_all(&carols)),
            6,
            "is not the vault whose fingerprint",
        ),
        attack(
            "two sections swapped",
            changed(&|vault| {
                let [one, two] = [&gpu, &web].map(|id| vault.sections.get(id).unwrap().closed.clone().unwrap());
                vault.head.closed = [(gpu.clone(), two.vault.clone()), (web.clone(), one.vault.clone())].into();
                (*closed(vault, &gpu), *closed(vault, &web)) = (*two, *one);
            }),
            6,
            RENAMED,
        ),
        attack("left out", with_table(&|_| String::new()), 6, UNCLOSED),
        attack(
            "opened",
            with_table(&|table| format!("{}\n\n", table.lines().take(2).collect::<Vec<_>>().join("\n"))),
            6,
            UNCLOSED,
        ),
        attack(
            "opened, with another value",
            with_table(&|table| {
                let created: Vec<&str> = table.lines().take(2).collect();
                let record = "value = 'evil'\ncreated = 2026-11-21T10:00:00Z\nupdated = 2026-11-21T10:00:00Z\nby = \"alice\"\n\n";
                format!("{}\n\n[clusters.gpu.secrets.A]\n{record}", created.join("\n"))
            }),
            6,
            UNCLOSED,
        ),
        attack("under another name", with_table(&|table| table.replace("clusters.gpu", "clusters.gpu2")), 6, RENAMED),
        attack("bytes that are nothing", bytes_are(b"nothing"), 6, "is not an age file"),
        attack("no bytes", bytes_are(b""), 6, "is damaged"),
        attack("a version that nobody opens", bytes_are(&to_eve), 6, WITHHELD),
        attack("one that is nothing beside it", versions(vec![now.clone(), vec![1]]), 6, "is not an age file"),
        attack("one version twice", versions(vec![now.clone(), now.clone()]), 6, TEXT),
        attack(
            "ten thousand versions",
            versions((0..10_000u32).map(|at| at.to_le_bytes().to_vec()).collect()),
            6,
            TEXT,
        ),
        attack(
            "no feature required",
            {
                let text = print(&good).replacen("requires = [\"closed-sections 0.2\"]", "requires = []", 1);
                let text = text.replacen("written_by = \"alice\"", "written_by = \"carol\"", 1);
                sealed(signed(&team.carol, &text), [&team.alice, &team.bob])
            },
            6,
            TEXT,
        ),
        attack(
            "a section inside it",
            nested(&|inner| drop(inner.create_section(Kind::Project, web.id().unwrap(), &stamp()))),
            6,
            "holds sections of its own",
        ),
        attack(
            "a closed section inside it",
            nested(&|inner| {
                inner.create_section(Kind::Project, web.id().unwrap(), &stamp()).unwrap();
                as_writer(&team.bob, "bob", |by| inner.close_section(&web, VaultId([6; 16]), &[], by)).unwrap();
                closed(inner, &web).sealed = vec![SealedBytes::new(now.clone())];
                *inner = inner.outer();
            }),
            6,
            "holds sections of its own",
        ),
    ];
    team.refuses_all(&attacks, |_| vec![READ, WRITE]);

    // One that nobody opens beside the good one may be of another branch, where alice is not in the section. What is new
    // in the vault around it is recorded.
    std::fs::write(&team.file, versions(vec![now.clone(), to_eve])).unwrap();
    for command in [READ, WRITE] {
        let locked = crate::damage::run(&team.bench, command);
        assert!(locked.code == 5 && locked.out.is_empty() && locked.err.contains(LOCKED), "{locked:?}");
    }
    std::fs::write(team.bench.pins(), &team.good.pins).unwrap();

    // An inner vault in the place of the team's.
    std::fs::write(&team.file, &now).unwrap();
    team.refuses("an inner vault as the team's", (6, ELSEWHERE), "get A -p api");
    // An older version beside the newest counts for nothing.
    std::fs::write(&team.file, versions(vec![old, now])).unwrap();
    team.bench.etui(["get", "A", "-c", "gpu"]).prints("the-third").says("");
}

/// It would move the pins of the team's vault itself.
#[test]
fn an_inner_vault_with_the_id_of_the_vault_around_it_is_refused() {
    let team = Team::closed();
    let api: SectionId = "project:api".parse().unwrap();
    let mut outer = newer(team.outer());
    as_writer(&team.carol, "carol", |by| outer.close_section(&api, VaultId([5; 16]), &[], by)).unwrap();
    let mut outer = outer.outer();
    let mut inner = outer.clone();
    inner.sections = Default::default();
    inner.head.closed.clear();
    inner.head.set_within(&Within { vault: outer.head.id, section: api.clone() });
    inner.head.clock = Clock::new([(ActorId(1), 1 << 53)].into());
    put_in(&mut outer, &api, &inner, team.sealed(&written_by(inner.clone(), "carol", &team.carol)));
    std::fs::write(&team.file, team.by_carol(outer)).unwrap();
    team.refuses("the id of the team's vault", (6, ELSEWHERE), "get A -p api");
}

#[test]
fn a_lie_about_the_members_is_told_and_corrected() {
    let team = Team::closed();
    let honest = team.outer().sections.get(&gpu()).unwrap().closed.clone().unwrap().members;
    let mut outer = newer(team.outer());
    let lie = closed(&mut outer, &gpu());
    (lie.members, lie.by) = (vec![team.carol.fingerprint()], member("nobody"));
    std::fs::write(&team.file, team.by_carol(outer)).unwrap();
    let told = "note: the vault shows other members of closed cluster gpu than it has; the next change corrects it";
    team.bench.etui(["get", "A", "-c", "gpu"]).prints("the-second").says(told);
    // A change of anything else corrects it.
    let set = team.bench.etui(["set", "B", "-g", "--value", "b"]).ok();
    assert!(set.err.contains("the next change corrects it"), "{}", set.err);
    assert_eq!(team.vault_now().sections.get(&gpu()).unwrap().closed.as_ref().unwrap().members, honest);
    team.bench.etui(["get", "A", "-c", "gpu"]).prints("the-second").says("");
}

/// carol removes bob from the team. He stays in the section until one of its writers writes there.
#[test]
fn who_was_removed_from_the_team_signs_no_newer_inner_vault() {
    let team = Team::closed();
    let by_bob = |value: &str| {
        let mut inner = team.vault();
        super::merged::set(&mut inner, "A", value, "bob");
        (inner.clone(), team.sealed(&written_by(inner, "bob", &team.bob)))
    };
    let remove = |outer: &mut Vault| {
        as_writer(&team.carol, "carol", |by| outer.remove_member(&member("bob"), by)).unwrap();
    };
    let gpu = gpu();

    // What stood there at the removal still counts, though he signed it.
    let (before, sealed) = by_bob("before");
    let mut outer = around(team.outer(), &gpu, &sealed);
    remove(&mut outer);
    let good = team.by_carol(outer.clone());
    let pins = bytes(team.bench.pins());
    std::fs::write(&team.file, &good).unwrap();
    team.bench.etui(["get", "A", "-c", "gpu"]).prints("before");

    // Not what he signs after it, neither by himself nor through somebody whom he adds.
    let mut after = newer(before.clone());
    super::merged::set(&mut after, "A", "after", "bob");
    let mut through = after.clone();
    add(&mut through, "eve", public_keys(&team.eve, true), &team.bob);
    let (by_himself, by_eve) = (written_by(after, "bob", &team.bob), written_by(through, "eve", &team.eve));
    let attacks = [
        ("by himself", by_himself, "bob, who was removed, wrote it"),
        ("through eve", by_eve, "eve, a member through bob, who was removed, wrote it"),
    ];
    for (what, text, message) in attacks {
        let file = team.by_carol(around(outer.clone(), &gpu, &team.sealed(&text)));
        for seen in [&good, &team.good.vault] {
            std::fs::write(team.bench.pins(), &pins).unwrap();
            std::fs::write(&team.file, seen).unwrap();
            team.bench.etui(["get", "A", "-c", "gpu"]).ok();
            std::fs::write(&team.file, &file).unwrap();
            team.refuses(what, (6, message), READ);
            team.refuses(what, (6, message), WRITE);
        }
    }

    // The next write there removes him.
    std::fs::write(team.bench.pins(), &pins).unwrap();
    std::fs::write(&team.file, &good).unwrap();
    team.bench.set("A", "alices", &["-c", "gpu"]);
    let left = team.vault_now().sections.get(&gpu).unwrap().closed.clone().unwrap();
    assert!(!left.members.contains(&team.bob.fingerprint()) && left.members.len() == 2);
}

/// What alice, who is not in it, can type about project api.
#[test]
fn no_command_changes_a_section_that_is_closed_to_its_user() {
    let bench = Bench::closed();
    let good = bench.snapshot();
    for command in [
        "project rename api site",
        "project delete api",
        "project delete api --force -y",
        "project open api -y",
        "member add alice --to project:api",
        "member remove bob --from project:api -y",
        "member remove alice --from project:api -y",
        "set A -p api --value new",
        "create A -p api --value new",
        "generate A -p api",
        "delete SEALED -p api",
        "rename SEALED A -p api",
        "move SEALED --to team -p api",
        "copy SEALED --to team -p api",
        "restore SEALED -p api",
        "purge -y -p api",
        "env set A b -p api",
        "use SEALED -p api",
        "edit -p api",
        "audit acknowledge SEALED -p api --reason none",
        "history SEALED -p api",
        "get SEALED -p api",
        "resolve -p api",
        "run -p api -- echo started",
        "secret list -p api",
        "secrets list project --id api",
    ] {
        let refused = crate::damage::run(&bench, command);
        assert_eq!((refused.code, refused.text()), (5, ""), "{command}: {refused:?}");
        assert!(refused.err.contains("api") && !refused.err.contains("for bob"), "{command}: {refused:?}");
        assert!(bytes(bench.vault()) == good.vault, "{command}");
    }
    // Closed already, to whomever.
    assert_eq!(crate::damage::run(&bench, "project close api --for alice -y").code, 4);
    assert!(bytes(bench.vault()) == good.vault);
    bench.set("MINE", "mine", &["-p", "web"]);
    bench.keeps_what_is_closed();
}
