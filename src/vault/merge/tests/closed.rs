//! Closed sections in a merge. Their encrypted bytes are numbers here, and a table says what each holds.

use std::cell::RefCell;
use std::collections::BTreeMap;

use super::*;
use crate::vault::closed::SealedBytes;

/// What all encrypted bytes hold, and a clock on the wall.
#[derive(Default)]
struct World {
    sealed: RefCell<BTreeMap<Vec<u8>, Vault>>,
    now: RefCell<u64>,
}

impl World {
    fn tick(&self) -> u64 {
        *self.now.borrow_mut() += 1;
        *self.now.borrow()
    }

    /// Opens the closed sections as this member.
    fn open(&self, vault: &Vault, who: &str) -> Result<Vault, MergeError> {
        let mut vault = vault.outer();
        let closed: Vec<(SectionId, Closed)> =
            vault.sections.closed().map(|(id, closed)| (id.clone(), closed.clone())).collect();
        for (id, closed) in closed {
            let table = self.sealed.borrow();
            let versions: Vec<&Vault> = closed.sealed.iter().map(|bytes| &table[bytes.as_slice()]).collect();
            for version in &versions {
                assert_eq!(version.head.within().unwrap().section, id, "{who} finds another section in {id}");
                assert_eq!(version.head.fingerprint(), Some(closed.vault.clone()));
            }
            let is_member = |version: &&Vault| version.head.writer_with(&key(who)).is_some();
            if versions.iter().all(is_member) {
                let newest = as_voucher(who, |by| Vault::newest(&versions, Some(by)))?;
                vault.sections.hold(&id, newest.unwrap().vault);
            } else {
                let by = vault.head.writers_of(&closed.members);
                vault.sections.closed_mut(&id).unwrap().access = Access::Locked { by };
            }
        }
        Ok(vault)
    }

    /// Encrypts the inner vaults that a change has left different, and counts the write.
    fn seal(&self, before: Option<&Vault>, mut vault: Vault, who: &str) -> Vault {
        let content = |section: &Section| (section.env.clone(), section.secrets.clone(), section.inner().cloned());
        for id in vault.opened() {
            let section = vault.sections.get(&id).unwrap();
            let known = before.and_then(|before| before.sections.get(&id)).map(content);
            let is_sealed = !section.closed.as_ref().unwrap().sealed.is_empty();
            if is_sealed && (before.is_none() || known == Some(content(section))) {
                continue;
            }
            let number = self.tick();
            vault.change_inner(&id, |inner| {
                inner.head.written_by = inner.head.writer_with(&key(who)).unwrap().0.clone();
                inner.head.clock.tick(ActorId(number));
            });
            let inner = vault.sections.get(&id).unwrap().inner_vault().unwrap();
            let closed = vault.sections.closed_mut(&id).unwrap();
            closed.members = inner.head.members.values().map(Member::fingerprint).collect();
            closed.updated = Timestamp::parse(&format!("2026-11-21T11:00:00.{number:09}Z")).unwrap_or(closed.updated);
            closed.by = member(who);
            closed.sealed = vec![SealedBytes::new(number.to_be_bytes().to_vec())];
            self.sealed.borrow_mut().insert(number.to_be_bytes().to_vec(), inner);
        }
        vault.head.written_by = member(who);
        vault.head.clock.tick(ActorId(self.tick()));
        vault.outer()
    }

    fn write(&self, vault: &Vault, who: &str, change: impl FnOnce(&mut Vault, &Endorser<'_>)) -> Vault {
        let before = self.open(vault, who).unwrap();
        let mut after = before.clone();
        let fresh = HashKey(super::fresh(&self.tick().to_string()));
        as_named(&member(who), who, fresh, |by| change(&mut after, by));
        self.seal(Some(&before), after, who)
    }

    fn merge(&self, who: &str, base: Option<&Vault>, ours: &Vault, theirs: &Vault) -> Result<Vault, MergeError> {
        let [ours, theirs] = [self.open(ours, who)?, self.open(theirs, who)?];
        let base = base.map(|base| self.open(base, who)).transpose()?;
        let merged = as_voucher(who, |by| Vault::merge(base.as_ref(), &ours, &theirs, Some(by)))?;
        if merged.is_side {
            return Ok(merged.vault.outer());
        }
        Ok(self.seal(None, merged.vault, who))
    }

    /// What a member sees of a section: `closed 2` for two versions that it cannot open, or its names, as
    /// [`words`] prints them.
    fn shows(&self, vault: &Vault, who: &str, section: &str) -> String {
        let vault = self.open(vault, who).unwrap();
        let Some(section) = vault.sections.get(&id(section)) else { return "gone".to_owned() };
        let versions = section.closed.as_ref().map(|closed| closed.sealed.len());
        let shown = match versions {
            Some(versions) if section.is_locked() => return format!("closed {versions}"),
            Some(1) => "closed: ",
            Some(_) => "several: ",
            None => "open: ",
        };
        let mut names: Vec<String> =
            section.secrets.iter().map(|(name, one)| format!("{name}={}", one.value.as_text())).collect();
        names.extend(section.disputes().into_iter().map(|name| {
            let candidates = section.candidates(name).into_iter();
            let mut values: Vec<String> = candidates.map(|one| one.record.value.as_text().into_owned()).collect();
            values.sort();
            format!("{name}?{}", values.join("|"))
        }));
        format!("{shown}{}", names.join(" "))
    }
}

fn put(vault: &mut Vault, section: &str, key: &str, value: &str) {
    let value = Value::from_text(value.to_owned().into()).unwrap();
    let stamp = tests::stamp();
    vault.sections.set(&id(section), &name(key), value, Details::default(), Precondition::Any, &stamp).unwrap();
}

/// Makes changes as sentences: `alice sets A=1` (in cluster prod), `alice closes prod for bob`, `alice opens prod`,
/// `alice deletes prod`, `alice renames prod live`, `alice lets carol into prod`, `alice takes bob from prod`, `alice
/// removes bob`, `alice writes` (elsewhere).
fn then(world: &World, start: &Vault, sentences: &[&str]) -> Vault {
    sentences.iter().fold(start.clone(), |vault, sentence| {
        let words: Vec<&str> = sentence.split(' ').collect();
        let part = |text: &str| Id::parse(text).unwrap();
        world.write(&vault, words[0], |vault, by| match words[1..] {
            ["sets", set] => {
                let (key, value) = set.split_once('=').unwrap();
                let there =
                    ["cluster prod", "cluster live"].into_iter().find(|at| vault.sections.get(&id(at)).is_some());
                put(vault, there.unwrap(), key, value);
            }
            ["unsets", key] => {
                let stamp = tests::stamp();
                vault.sections.delete(&id("cluster prod"), &name(key), true, &stamp).unwrap();
            }
            ["closes", section, "for", who] => {
                let names: Vec<MemberName> = who.split('+').map(member).collect();
                let new = VaultId(super::fresh(sentence)[..16].try_into().unwrap());
                vault.close_section(&Kind::Cluster.with(part(section)), new, &names, by).unwrap();
            }
            ["opens", section] => vault.open_section(&Kind::Cluster.with(part(section)), by).unwrap(),
            ["deletes", section] => {
                vault.delete_section(Kind::Cluster, &part(section), true, &tests::stamp()).unwrap();
            }
            ["renames", old, new] => vault.rename_section(Kind::Cluster, &part(old), &part(new)).unwrap(),
            ["lets", who, "into", section] => {
                vault.add_to_section(&Kind::Cluster.with(part(section)), &member(who), by).unwrap();
            }
            ["takes", who, "from", section] => {
                vault.remove_from_section(&Kind::Cluster.with(part(section)), &member(who), by).unwrap();
            }
            ["removes", who] => {
                let keys = vault.head.members[&member(who)].keys.clone();
                vault.remove_member(&member(who), by).unwrap();
                vault.in_sections(&keys, by, |inner, name, by| inner.remove_member(name, by));
            }
            ["writes"] => put(vault, "team", words[0], &world.tick().to_string()),
            _ => panic!("{sentence}"),
        })
    })
}

/// A vault of four writers, with cluster prod, which is open and holds `A=0`.
fn open_team(world: &World) -> Vault {
    let mut vault = founded("alice");
    for who in ["bob", "carol", "dave"] {
        as_voucher("alice", |by| vault.add_member(&member(who), public(who, true), by)).unwrap();
    }
    vault.create_section(Kind::Cluster, &Id::parse("prod").unwrap(), &tests::stamp()).unwrap();
    then(world, &vault, &["alice sets A=0"])
}

/// The same, with cluster prod closed for alice and bob.
fn team(world: &World) -> Vault {
    then(world, &open_team(world), &["alice closes prod for bob"])
}

/// Merges the sides in both directions, and prints what members see, or the error.
fn seen(world: &World, by: &str, base: Option<&Vault>, first: &Vault, second: &Vault, at: &str) -> String {
    let show = |merged: Result<Vault, MergeError>| match merged {
        Err(MergeError::Closed { by, .. }) => {
            let by: Vec<&str> = by.iter().map(MemberName::as_str).collect();
            format!("asks {}", by.join(" "))
        }
        Err(error) => panic!("{error:?}"),
        Ok(merged) => {
            // Merging once more changes nothing.
            assert_eq!(world.merge(by, base, &merged, &merged).as_ref(), Ok(&merged));
            for side in [first, second] {
                assert_eq!(world.merge(by, Some(side), &merged, side).as_ref(), Ok(&merged));
            }
            format!("{} / {}", world.shows(&merged, "alice", at), world.shows(&merged, "dave", at))
        }
    };
    let shown = show(world.merge(by, base, first, second));
    assert_eq!(shown, show(world.merge(by, base, second, first)), "{by} merges the other way around");
    shown
}

#[test]
fn a_section_is_merged_by_its_writers_and_kept_in_all_versions_by_others() {
    let prod = "cluster prod";
    for (one, other, by_alice, by_dave) in [
        // Changed on one side.
        ("alice sets A=1", "dave writes", "closed: A=1 / closed 1", "closed: A=1 / closed 1"),
        // Changed on both.
        ("alice sets A=1", "bob sets B=2", "closed: A=1 B=2 / closed 1", "several: A=1 B=2 / closed 2"),
        ("alice sets A=1", "bob sets A=2", "closed: A?1|2 / closed 1", "several: A?1|2 / closed 2"),
        ("alice unsets A", "bob sets B=2", "closed: B=2 / closed 1", "several: B=2 / closed 2"),
        // The members of a section are merged too.
        (
            "alice lets dave into prod",
            "bob sets B=2",
            "closed: A=0 B=2 / closed: A=0 B=2",
            "several: A=0 B=2 / closed 2",
        ),
        ("alice takes bob from prod", "alice sets B=2", "closed: A=0 B=2 / closed 1", "several: A=0 B=2 / closed 2"),
        // What a removed member wrote does not count, and stays until a writer of the section writes there.
        ("alice takes bob from prod", "bob sets B=2", "several: A=0 / closed 2", "several: A=0 / closed 2"),
        // A change beats a deletion.
        ("alice deletes prod", "bob sets A=2", "closed: A=2 / closed 1", "closed: A=2 / closed 1"),
        ("alice deletes prod", "dave writes", "gone / gone", "gone / gone"),
    ] {
        let world = World::default();
        let start = team(&world);
        let (first, second) = (then(&world, &start, &[one]), then(&world, &start, &[other, "carol writes"]));
        let first = then(&world, &first, &["carol writes"]);
        assert_eq!(seen(&world, "alice", Some(&start), &first, &second, prod), by_alice, "{one}, {other}");
        assert_eq!(seen(&world, "dave", Some(&start), &first, &second, prod), by_dave, "{one}, {other}");
    }
}

#[test]
fn versions_stay_until_a_writer_of_the_section_writes_there() {
    let world = World::default();
    let start = team(&world);
    let (first, second) =
        (then(&world, &start, &["alice sets A=1"]), then(&world, &start, &["bob sets A=2", "bob sets B=2"]));
    let both = world.merge("dave", Some(&start), &first, &second).unwrap();
    assert_eq!(world.shows(&both, "alice", "cluster prod"), "several: B=2 A?1|2");
    // Who writes elsewhere leaves it as it is.
    let elsewhere = then(&world, &both, &["alice writes"]);
    assert_eq!(world.shows(&elsewhere, "bob", "cluster prod"), "several: B=2 A?1|2");

    // Somebody who could not know of it adds a third one, and another one settles it meanwhile.
    let third = then(&world, &second, &["bob sets C=3"]);
    let more = world.merge("carol", Some(&second), &elsewhere, &third).unwrap();
    assert_eq!(world.shows(&more, "alice", "cluster prod"), "several: B=2 C=3 A?1|2");
    let settled = world.write(&elsewhere, "alice", |vault, by| {
        vault.sections.settle(&id("cluster prod"), &name("A"), Choice::Number(1), by.stamp).unwrap();
    });
    assert_eq!(world.shows(&settled, "dave", "cluster prod"), "closed 1");
    for by in ["dave", "alice"] {
        let end = world.merge(by, Some(&elsewhere), &settled, &more).unwrap();
        let end = then(&world, &end, &["bob sets D=4"]);
        let shown = world.shows(&end, "bob", "cluster prod");
        assert!(["closed: A=1 B=2 C=3 D=4", "closed: A=2 B=2 C=3 D=4"].contains(&&*shown), "{by}: {shown}");
    }
}

#[test]
fn an_older_inner_vault_in_a_newer_vault_counts_for_nothing_with_its_members() {
    let world = World::default();
    let old = then(&world, &team(&world), &["alice sets A=1"]);
    let start = then(&world, &old, &["bob sets A=2"]);
    // Dave puts back what stood there before.
    let rolled_back = world.write(&start, "dave", |vault, _| {
        let section = old.sections.0[&id("cluster prod")].clone();
        vault.sections.0.insert(id("cluster prod"), section);
    });
    let rolled_back = then(&world, &rolled_back, &["carol writes"]);
    for (other, shown) in [
        (start.clone(), "closed: A=2 / closed 1"),
        (then(&world, &start, &["carol writes"]), "closed: A=2 / closed 1"),
        (then(&world, &start, &["bob sets B=3"]), "closed: A=2 B=3 / closed 1"),
    ] {
        for base in [Some(&start), Some(&old), None] {
            assert_eq!(seen(&world, "alice", base, &rolled_back, &other, "cluster prod"), shown);
        }
    }
    // Whoever cannot see it keeps both, and then it counts for nothing.
    let other = then(&world, &start, &["bob sets B=3"]);
    let by_carol = seen(&world, "carol", Some(&start), &rolled_back, &other, "cluster prod");
    assert_eq!(by_carol, "several: A=2 B=3 / closed 2");
}

#[test]
fn a_section_that_was_closed_or_opened_meanwhile_is_merged_by_its_writers_only() {
    for (before, one, other, by_alice, by_bob, by_dave) in [
        // Closed, and changed in the open.
        ("", "alice closes prod for bob", "dave sets B=2", "closed: A=0 B=2 / closed 1", "=", "asks alice bob"),
        ("", "alice closes prod for bob", "dave sets A=2", "closed: A?0|2 / closed 1", "=", "asks alice bob"),
        ("", "alice closes prod for bob", "dave unsets A", "closed:  / closed 1", "=", "asks alice bob"),
        ("", "alice closes prod for bob", "dave deletes prod", "closed:  / closed 1", "=", "asks alice bob"),
        ("", "alice closes prod for bob", "dave writes", "closed: A=0 / closed 1", "=", "="),
        // Both closed it.
        (
            "",
            "alice closes prod for bob",
            "carol closes prod for alice",
            "closed: A=0 / closed 1",
            "asks alice",
            "asks alice",
        ),
        // Opened, and changed inside.
        (
            "alice closes prod for bob",
            "alice opens prod",
            "bob sets B=2",
            "open: A=0 B=2 / open: A=0 B=2",
            "=",
            "asks alice bob",
        ),
        ("alice closes prod for bob", "alice opens prod", "dave writes", "open: A=0 / open: A=0", "=", "="),
        ("alice closes prod for bob", "alice opens prod", "bob opens prod", "open: A=0 / open: A=0", "=", "="),
        ("alice closes prod for bob", "alice opens prod", "bob deletes prod", "open: A=0 / open: A=0", "=", "="),
    ] {
        let world = World::default();
        let before: Vec<&str> = Some(before).filter(|before| !before.is_empty()).into_iter().collect();
        let start = then(&world, &open_team(&world), &before);
        let (first, second) =
            (then(&world, &start, &[one, "carol writes"]), then(&world, &start, &[other, "carol writes"]));
        for (by, expected) in [("alice", by_alice), ("bob", by_bob), ("dave", by_dave)] {
            let expected = if expected == "=" { by_alice } else { expected };
            let shown = seen(&world, by, Some(&start), &first, &second, "cluster prod");
            assert_eq!(shown, expected, "{by}: {one}, {other}");
        }
    }
}

#[test]
fn a_closed_section_that_one_side_renamed_has_the_new_name_and_the_changes_of_the_other() {
    for (one, other, by_alice, by_dave) in [
        ("alice renames prod live", "bob sets B=2", "closed: A=0 B=2 / closed 1", "asks alice bob"),
        ("alice renames prod live", "dave writes", "closed: A=0 / closed 1", "closed: A=0 / closed 1"),
        ("alice renames prod live", "bob renames prod live", "closed: A=0 / closed 1", "several: A=0 / closed 2"),
        ("alice renames prod live", "bob renames prod main", "closed: A=0 / closed 1", "asks alice bob"),
        ("alice renames prod live", "bob opens prod", "closed: A=0 / closed 1", "closed: A=0 / closed 1"),
    ] {
        let world = World::default();
        let start = team(&world);
        let (first, second) =
            (then(&world, &start, &[one, "carol writes"]), then(&world, &start, &[other, "carol writes"]));
        assert_eq!(seen(&world, "alice", Some(&start), &first, &second, "cluster live"), by_alice, "{one}, {other}");
        assert_eq!(seen(&world, "dave", Some(&start), &first, &second, "cluster live"), by_dave, "{one}, {other}");
    }
}

#[test]
fn what_others_could_read_counts_as_read_whichever_side_closed_or_opened_it() {
    let exposed = |vault: &Vault, inner: Option<&str>| -> Vec<String> {
        let inner = inner.map(|at| vault.sections.get(&id(at)).and_then(Section::inner_vault).unwrap());
        let vault = inner.as_ref().unwrap_or(vault);
        let names = |readers: &BTreeSet<FormerReader>| {
            let name = |print: &Fingerprint| vault.head.removed[print].name.to_string();
            let names = readers.iter().map(|reader| reader.removed().map_or("all".to_owned(), name));
            names.collect::<Vec<_>>().join("+")
        };
        vault.exposed().iter().map(|(_, name, readers)| format!("{name} {}", names(readers))).collect()
    };
    let prod = "cluster prod";
    let merged = |world: &World, start: &Vault, one: &[&str], other: &[&str]| {
        let sides = [then(world, start, one), then(world, start, other)];
        let both = [(0, 1), (1, 0)].map(|(one, other)| world.merge("alice", Some(start), &sides[one], &sides[other]));
        both.map(|merged| world.open(&merged.unwrap(), "alice").unwrap())
    };

    let world = World::default();
    let start = open_team(&world);
    // What changed in the open was read by the team; what was written inside was not.
    for vault in merged(&world, &start, &["alice closes prod for bob", "bob sets C=3"], &["dave sets B=2"]) {
        assert_eq!(exposed(&vault, Some(prod)), ["A all", "B all"]);
    }
    // carol closed it for herself and alice, and bob is in the other one.
    let (one, other) =
        (["alice closes prod for bob", "bob sets C=3"], ["carol closes prod for alice", "carol sets D=4"]);
    for vault in merged(&world, &start, &one, &other) {
        let shown = exposed(&vault, Some(prod));
        assert!(
            [&["A all", "C all"][..], &["A all", "D all"]]
                .contains(&&shown.iter().map(|one| &**one).collect::<Vec<_>>()[..]),
            "{shown:?}"
        );
    }
    // A member who was removed from the vault could read what the others changed inside.
    let start = team(&world);
    for vault in merged(&world, &start, &["alice removes bob", "alice opens prod"], &["bob sets B=2", "carol writes"]) {
        assert_eq!(
            exposed(&vault, None).iter().filter(|line| line.ends_with("bob")).count(),
            3,
            "{:?}",
            exposed(&vault, None)
        );
    }
    for vault in merged(&world, &start, &["alice removes dave"], &["alice opens prod", "bob sets B=2"]) {
        assert_eq!(exposed(&vault, None), ["A dave", "B dave"]);
    }
}

const PEOPLE: [&str; 4] = ["alice", "bob", "carol", "dave"];

/// Commits of four laptops, each with its parents.
struct Histories {
    world: World,
    commits: Vec<(Vault, Vec<usize>)>,
    /// The commit of each laptop.
    heads: [usize; 4],
    /// What each laptop has seen of each inner vault.
    seen: BTreeMap<(usize, VaultId), Clock>,
    /// The values, each with its writer and section.
    values: BTreeMap<String, (usize, SectionId)>,
}

impl Histories {
    fn ancestors(&self, commit: usize) -> BTreeSet<usize> {
        let mut found = BTreeSet::from([commit]);
        for at in (0..=commit).rev() {
            if found.contains(&at) {
                found.extend(&self.commits[at].1);
            }
        }
        found
    }

    /// A laptop moves to a commit, and nothing that it can open goes back there, but for what a removed member wrote.
    fn commit(&mut self, who: usize, vault: Vault, parents: &[usize]) {
        for (id, section) in self.world.open(&vault, PEOPLE[who]).unwrap().sections.iter() {
            let Some(inner) = section.inner() else { continue };
            let seen = self.seen.entry((who, inner.head.id)).or_default();
            let is_back = seen.beyond(&inner.head.clock) > 0 && inner.head.removed.is_empty();
            assert!(!is_back, "{} in {id}", PEOPLE[who]);
            seen.raise(&inner.head.clock);
        }
        self.commits.push((vault, parents.to_vec()));
        self.heads[who] = self.commits.len() - 1;
    }

    fn write(&mut self, who: usize, change: impl FnOnce(&mut Vault, &Endorser<'_>)) {
        let at = self.heads[who];
        let vault = self.world.write(&self.commits[at].0, PEOPLE[who], change);
        self.commit(who, vault, &[at]);
    }

    fn merge(&mut self, who: usize, theirs: usize) {
        let ours = self.heads[who];
        let [one, other] = [ours, theirs].map(|commit| self.ancestors(commit));
        if one.contains(&theirs) {
            return;
        }
        let vault = |commit: usize| &self.commits[commit].0;
        if other.contains(&ours) {
            return self.commit(who, vault(theirs).clone(), &[ours, theirs]);
        }
        let base = one.intersection(&other).max().unwrap();
        let merged = self.world.merge(PEOPLE[who], Some(vault(*base)), vault(ours), vault(theirs)).unwrap();
        self.commit(who, merged, &[ours, theirs]);
    }

    fn step(&mut self, who: usize, what: u8, arg: usize) {
        let section = ["cluster prod", "cluster live", "project web"][arg % 3];
        let key = ["A", "B", "C"][arg / 3 % 3];
        let value = format!("value {}", self.world.tick());
        let writes = || {
            let vault = self.world.open(&self.commits[self.heads[who]].0, PEOPLE[who]).unwrap();
            let section = vault.sections.existing(&id(section)).ok()?;
            section.candidates(&name(key)).is_empty().then_some(())
        };
        match what {
            0..=4 if writes().is_some() => {
                self.values.insert(value.clone(), (who, id(section)));
                self.write(who, |vault, _| put(vault, section, key, &value));
            }
            5 if writes().is_some() => self.write(who, |vault, by| {
                let _ = vault.sections.delete(&id(section), &name(key), true, by.stamp);
            }),
            6 => self.write(who, |vault, by| {
                let _ = vault.add_to_section(&id(section), &member(PEOPLE[arg % 4]), by);
            }),
            7 => self.write(who, |vault, by| {
                let _ = vault.remove_from_section(&id(section), &member(PEOPLE[arg % 4]), by);
            }),
            8 => self.write(who, |vault, by| {
                let _ = vault.unite_versions(&id(section), by);
            }),
            9.. => self.merge(who, self.heads[arg % 4]),
            _ => {}
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn laptops_with_different_access_end_up_equal_and_lose_nothing(
        steps in prop::collection::vec((0..4usize, 0..14u8, 0..12usize), 0..40)
    ) {
        let world = World::default();
        let mut start = open_team(&world);
        start.create_section(Kind::Cluster, &Id::parse("live").unwrap(), &tests::stamp()).unwrap();
        start.create_section(Kind::Project, &Id::parse("web").unwrap(), &tests::stamp()).unwrap();
        let start = then(&world, &start, &["alice closes prod for bob+carol", "carol closes live for carol"]);
        let mut all = Histories { world, commits: vec![(start, vec![])], heads: [0; 4], seen: BTreeMap::new(), values: BTreeMap::new() };
        for (who, what, arg) in steps {
            all.step(who, what, arg);
        }
        // Each takes what the others have, first those who cannot open much.
        for who in (0..4).rev().chain(0..4) {
            for other in 0..4 {
                all.merge(who, all.heads[other]);
            }
        }
        let end = all.commits[all.heads[3]].0.clone();
        let mut found = BTreeSet::new();
        for (who, name) in PEOPLE.iter().enumerate() {
            prop_assert_eq!(&all.commits[all.heads[who]].0, &end);
            let vault = all.world.open(&end, name).unwrap();
            let sections = vault.sections.0.values();
            let records = sections.flat_map(|section| section.env.values().chain(section.secrets.values()));
            found.extend(records.map(|(_, value)| value.as_text().into_owned()));
        }
        for (value, (who, section)) in &all.values {
            // What somebody signed who was removed meanwhile need not count, also if it is by others.
            let is_removed = |inner: &Vault| {
                let is_there = inner.head.within().is_some_and(|within| within.section == *section);
                is_there && !inner.head.removed.is_empty()
            };
            let is_removed = all.world.sealed.borrow().values().any(is_removed);
            prop_assert!(is_removed || found.contains(value), "{} by {} is lost", value, PEOPLE[*who]);
        }
    }
}
