//! What becomes of an acknowledgement when vaults are merged.

use super::*;

/// Acknowledges the team's secret `A`.
fn acknowledge(start: &Vault, who: &str, second: usize, reason: &str) -> Vault {
    let mut vault = start.clone();
    let at = Timestamp::parse(&format!("2026-11-21T10:01:{second:02}Z")).unwrap();
    vault.acknowledge(&SectionId::Team, &name("A"), reason.to_owned(), &Stamp { by: member(who), at }).unwrap();
    written(vault, who)
}

/// The reason why `A` may keep its value, or `-`.
fn reason(vault: &Vault) -> String {
    let team = vault.sections.get(&SectionId::Team).unwrap();
    let record = team.secrets.get(&name("A"));
    let acknowledged = record.and_then(|record| record.acknowledged.as_ref());
    acknowledged.map_or("-".to_owned(), |one| format!("{} by {}", one.reason, one.by))
}

/// Merges from both sides, and shows value and reason.
fn both(base: Option<&Vault>, one: &Vault, other: &Vault) -> String {
    let all = [(one, other), (other, one)].map(|(one, other)| {
        let both = merged(base, one, other);
        assert_eq!(merged(base, &both, &both.clone()), both);
        format!("{}: {}", describe(&both), reason(&both))
    });
    assert_eq!(all[0], all[1]);
    all[0].clone()
}

#[test]
fn an_acknowledgement_survives_a_merge_and_is_never_disputed() {
    let start = change(&founded("alice"), "alice", 0, &["+1"]);
    let noted = |vault: &Vault| {
        let mut vault = vault.clone();
        let record = Arc::make_mut(vault.sections.0.get_mut(&SectionId::Team).unwrap());
        let record = record.secrets.current.get_mut(&name("A")).unwrap();
        (record.note, record.updated) = (Some("ask bob".into()), record.updated.plus_days(1));
        written(vault, "alice")
    };
    let other = written(start.clone(), "carol");
    let early = acknowledge(&start, "bob", 10, "z");
    for base in [Some(&start), None] {
        assert_eq!(both(base, &early, &other), "1 (): z by bob");
        assert_eq!(both(base, &early, &noted(&start)), "1 (): z by bob", "a note changes nothing");
        // The later one, then the smaller text.
        assert_eq!(both(base, &early, &acknowledge(&start, "carol", 20, "a")), "1 (): a by carol");
        assert_eq!(both(base, &early, &acknowledge(&start, "alice", 5, "a")), "1 (): z by bob");
        assert_eq!(both(base, &early, &acknowledge(&start, "carol", 10, "y")), "1 (): y by carol");
        assert_eq!(both(base, &early, &acknowledge(&start, "carol", 10, "z")), "1 (): z by bob");
    }
    // A second one on one side replaces the first one.
    assert_eq!(both(Some(&early), &acknowledge(&early, "bob", 5, "x"), &noted(&early)), "1 (): x by bob");
}

#[test]
fn an_acknowledgement_goes_with_its_value() {
    let start = change(&founded("alice"), "alice", 0, &["+1"]);
    let acknowledged = acknowledge(&start, "bob", 10, "fine");
    for base in [Some(&start), None] {
        let changed = |changes: &[&str]| written(change(&start, "carol", 20, changes), "carol");
        assert_eq!(both(base, &acknowledged, &changed(&["+2"])), "2 (1): -");
        assert_eq!(both(base, &acknowledged, &changed(&["-"])), "- (- 1): -", "it is no change that undoes a deletion");
    }
    // One value of a dispute may be acknowledged, and stays so when it wins.
    let (first, second) = (change(&start, "bob", 10, &["+2"]), change(&start, "carol", 20, &["+3"]));
    let mut disputed = merged(Some(&start), &acknowledge(&first, "bob", 12, "fine"), &written(second, "carol"));
    let (team, key) = (SectionId::Team, name("A"));
    let refused = disputed.acknowledge(&team, &key, "no".to_owned(), &tests::stamp());
    assert!(matches!(refused, Err(ChangeError::Disputed(_))));
    disputed.sections.settle(&team, &key, Choice::By(member("bob")), &tests::stamp()).unwrap();
    assert_eq!((describe(&disputed).as_str(), reason(&disputed).as_str()), ("2 (3 1)", "fine by bob"));
}

#[test]
fn an_acknowledgement_follows_a_secret_but_no_copy_and_stays_in_no_history() {
    let mut vault = acknowledge(&change(&founded("alice"), "alice", 0, &["+1"]), "bob", 10, "fine");
    vault.create_section(Kind::Project, &"web".parse().unwrap(), &tests::stamp()).unwrap();
    let (team, web, stamp) = (SectionId::Team, id("project web"), tests::stamp());
    let of = |vault: &Vault, section: &SectionId, key: &str| {
        vault.sections.secret(section, &name(key)).unwrap().acknowledged.is_some()
    };
    vault.sections.copy(&team, &name("A"), &web).unwrap();
    assert!(of(&vault, &team, "A") && !of(&vault, &web, "A"));
    vault.sections.rename(&team, &name("A"), &name("B"), false, &stamp).unwrap();
    vault.sections.shift(&team, &name("B"), &web, false, &stamp).unwrap();
    assert!(of(&vault, &web, "B"));

    let text = |text: &str| Value::from_text(text.to_owned().into()).unwrap();
    let set = |vault: &mut Vault, value: &str, note: Option<&str>| {
        let details = Details { note: note.map(str::to_owned), ..Details::default() };
        vault.sections.set(&web, &name("B"), text(value), details, Precondition::Any, &stamp).unwrap();
    };
    set(&mut vault, "1", Some("a note"));
    assert!(of(&vault, &web, "B"), "the value is the same");
    set(&mut vault, "2", None);
    assert!(!of(&vault, &web, "B"));
    vault.sections.restore(&web, &name("B"), 1, &stamp).unwrap();
    assert!(!of(&vault, &web, "B"), "the history does not carry it");
    vault.acknowledge(&web, &name("B"), "fine".to_owned(), &stamp).unwrap();
    vault.sections.delete(&web, &name("B"), false, &stamp).unwrap();
    assert!(!text::print(&vault).contains("acknowledged = "));
    vault.sections.restore(&web, &name("B"), 1, &stamp).unwrap();
    assert!(!of(&vault, &web, "B"));
}

#[test]
fn an_acknowledgement_that_another_version_left_in_a_history_does_not_come_back() {
    let mut vault = change(&founded("alice"), "alice", 0, &["+1", "+2", "-"]);
    let body = text::print(&vault).replace(
        "value = '2'\nupdated",
        "value = '2'\nUPDATED", // a mark for the place, which stands once
    );
    let at = body.find("UPDATED").unwrap();
    let end = at + body[at..].find("\n\n").unwrap() + 1;
    let mut body = body.replace("UPDATED", "updated");
    body.insert_str(end, "acknowledged = { at = 2026-11-21T10:00:00Z, by = \"bob\", reason = \"fine\" }\n");
    let text = text::Text::new(body.clone());
    let read = text.whole(&text.head().unwrap()).unwrap();
    assert_eq!(text::print(&read), body, "it is kept as what it is, an unknown key");
    vault = read;
    vault.sections.restore(&SectionId::Team, &name("A"), 1, &tests::stamp()).unwrap();
    assert_eq!(reason(&vault), "-");
    let printed = text::Text::new(text::print(&vault));
    assert_eq!(printed.whole(&printed.head().unwrap()).unwrap(), vault);
}
