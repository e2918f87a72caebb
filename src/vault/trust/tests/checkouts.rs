//! What a laptop has seen in related and unrelated checkouts, and what a file there may lack.

use super::*;

fn lack(changes: u64) -> MissingChanges {
    MissingChanges { changes, by: member("alice"), at: team().head.written_at }
}

#[test]
fn refuses_a_version_that_lacks_what_was_seen_in_the_same_checkout() {
    let behind = |changes| Err(Distrust::Behind(lack(changes)));
    let beside = |changes| Err(Distrust::Beside(lack(changes)));
    let here = clone_at("here");
    let known = open(None, &here, &counted([5, 3, 0]), DIGEST).unwrap();
    for (counts, digest, then) in [
        ([5, 3, 0], DIGEST, Ok(None)),
        ([5, 3, 0], OTHER, beside(1)),
        ([6, 3, 0], OTHER, Ok(None)),
        ([5, 4, 0], OTHER, Ok(None)),
        ([5, 3, 1], OTHER, Ok(None)),
        ([6, 4, 9], OTHER, Ok(None)),
        ([4, 3, 0], DIGEST, behind(1)),
        ([5, 0, 0], OTHER, behind(3)),
        ([0, 0, 0], OTHER, behind(8)),
        ([4, 4, 0], OTHER, beside(1)),
        ([0, 0, 9], OTHER, beside(8)),
        ([4, 3, 1 << 53], OTHER, beside(1)),
    ] {
        let accepted = accept(Some(&known), &here, &counted(counts), digest);
        assert_eq!(accepted.map(|accepted| accepted.lacks), then, "{counts:?}");
        // A new checkout accepts the version, and reports once what it lacks.
        let there = clone_at("there");
        let lacks = 5_u64.saturating_sub(counts[0]) + 3_u64.saturating_sub(counts[1]);
        let first = accept(Some(&known), &there, &counted(counts), digest).unwrap();
        assert_eq!((first.missing(), first.is_news), (lacks, lacks > 0), "{counts:?}");
        let seen = open(Some(&known), &there, &counted(counts), digest).unwrap();
        let again = accept(Some(&seen), &there, &counted(counts), digest).unwrap();
        assert_eq!((again.missing(), again.is_news), (lacks, false), "{counts:?}");
        assert_eq!(seen.checkouts[&here.checkout], known.checkouts[&here.checkout]);
        assert_eq!(seen.checkouts[&there.checkout].clock, counted(counts).clock);
    }
}

#[test]
fn checkouts_are_related_if_they_are_the_same_or_share_a_location() {
    let passing = |place: Place| Place { is_passing: true, ..place };
    let main = branch("t", "main", &["t/v"]);
    let cases = [
        ("the same branch", main.clone(), main.clone(), true),
        ("the same branch, another location", main.clone(), branch("t", "main", &["t/old/v"]), true),
        ("the same branch, through a symlink", main.clone(), branch("t", "main", &["link", "t/old/v"]), true),
        ("another branch", main.clone(), branch("t", "topic", &["t/v"]), false),
        (
            "another branch, through the same symlink",
            branch("t", "main", &["link", "t/v"]),
            branch("t", "topic", &["link", "t/v"]),
            false,
        ),
        ("another clone", main.clone(), branch("u", "main", &["u/v"]), false),
        ("another work tree at the same location", main.clone(), branch("t/sub", "main", &["t/v"]), true),
        (
            "another branch of another work tree at the same location",
            main.clone(),
            branch("t/sub", "x", &["t/v"]),
            true,
        ),
        (
            "another work tree, the same symlink",
            branch("t", "main", &["link", "t/v"]),
            branch("u", "main", &["link", "u/v"]),
            true,
        ),
        (
            "another work tree, whose file a symlink named before",
            file(&["link", "real"]),
            branch("u", "main", &["real"]),
            true,
        ),
        ("the same file", file(&["v"]), file(&["v"]), true),
        ("another file", file(&["v"]), file(&["w"]), false),
        ("another file, the same symlink", file(&["link", "v"]), file(&["link", "w"]), true),
        ("a symlink to a known file", file(&["v"]), file(&["link", "v"]), true),
        ("a .git that appears", file(&["t/v"]), main.clone(), true),
        ("a .git that appears, and a symlink", file(&["link", "t/v"]), branch("t", "x", &["link", "t/old/v"]), true),
        ("a .git that disappears", main.clone(), file(&["t/v"]), true),
        ("a detached HEAD that was a file", file(&["t/v"]), commit("t", "1", &["t/v"]), true),
        ("the same commit", commit("t", "1", &["t/v"]), commit("t", "1", &["t/old/v"]), true),
        ("another commit", commit("t", "1", &["t/v"]), commit("t", "2", &["t/v"]), false),
        ("a commit of another work tree", commit("t", "1", &["t/v"]), commit("u", "1", &["u/v"]), false),
        ("a branch, then a detached HEAD", main.clone(), commit("t", "1", &["t/v"]), false),
        ("a detached HEAD, then a branch", commit("t", "1", &["t/v"]), main.clone(), false),
        ("a rebase of the branch", main.clone(), passing(main.clone()), false),
        ("a rebase of another branch", main.clone(), passing(branch("t", "topic", &["t/v"])), false),
    ];
    for (case, first, then, is_related) in cases {
        let known = open(None, &first, &counted([5, 0, 0]), DIGEST).unwrap();
        let older = accept(Some(&known), &then, &counted([4, 0, 0]), OTHER);
        let expected = if is_related { Err(Distrust::Behind(lack(1))) } else { Ok(1) };
        assert_eq!(older.as_ref().map(Acceptance::missing).map_err(Clone::clone), expected, "{case}");
        let beside = accept(Some(&known), &then, &counted([5, 0, 0]), OTHER);
        assert_eq!(beside.is_err(), is_related, "{case}");
        let newer = accept(Some(&known), &then, &counted([6, 0, 0]), OTHER).unwrap();
        assert_eq!(newer.lacks, None, "{case}");
        assert_eq!(accept(Some(&known), &then, &counted([5, 0, 0]), DIGEST).unwrap().lacks, None, "{case}");
    }
}

#[test]
fn no_pin_moves_while_git_passes_through_older_commits() {
    let passing = Place { is_passing: true, ..clone_at("here") };
    let known = open(None, &clone_at("here"), &counted([5, 0, 0]), DIGEST).unwrap();
    for counts in [[4, 0, 0], [4, 1, 0], [6, 0, 0]] {
        assert_eq!(open(Some(&known), &passing, &counted(counts), OTHER), Ok(known.clone()));
        let mut written = known.clone();
        written.wrote(&passing, Snapshot { head: &counted(counts), digest: &OTHER, signature: &SIGNATURE }, ActorId(1));
        assert_eq!(written, known);
        assert_eq!(known.actor(&passing, &counted(counts).clock, || ActorId(99)), ActorId(99));
    }
    // What it lacks is said each time.
    assert!(accept(Some(&known), &passing, &counted([4, 0, 0]), OTHER).unwrap().is_news);
}

#[test]
fn a_version_is_compared_with_all_related_checkouts_at_once() {
    let (tree, outside) = (branch("t", "main", &["link", "t/v"]), file(&["link", "w"]));
    let known = open(None, &branch("t", "main", &["t/v"]), &counted([5, 0, 0]), DIGEST).unwrap();
    let known = open(Some(&known), &file(&["w"]), &counted([1, 3, 0]), OTHER).unwrap();
    // The link leads to both, one after the other.
    let known = open(Some(&known), &tree, &counted([5, 0, 0]), DIGEST).unwrap();
    let mut last = lack(4);
    assert_eq!(accept(Some(&known), &outside, &counted([1, 3, 0]), OTHER), Err(Distrust::Behind(last.clone())));
    last.changes = 5;
    assert_eq!(accept(Some(&known), &outside, &counted([1, 2, 1]), [3; 32]), Err(Distrust::Beside(last)));
    assert!(accept(Some(&known), &outside, &counted([5, 3, 0]), [3; 32]).is_ok());
}

#[test]
fn a_checkout_keeps_all_its_locations() {
    let known = open(None, &branch("t", "main", &["t/a"]), &counted([1, 0, 0]), DIGEST).unwrap();
    let known = open(Some(&known), &branch("t", "main", &["t/b"]), &counted([2, 0, 0]), OTHER).unwrap();
    for location in ["t/a", "t/b"] {
        let older = accept(Some(&known), &file(&[location]), &counted([1, 0, 0]), DIGEST);
        assert_eq!(older, Err(Distrust::Behind(lack(1))), "{location}");
    }
}

#[test]
fn a_new_checkout_reports_all_missing_changes_and_who_made_the_last_one() {
    let mut head = counted([5, 0, 0]);
    head.written_by = member("bob");
    head.written_at = head.written_at.plus_days(1);
    let known = open(None, &clone_at("here"), &head, DIGEST).unwrap();
    let known = open(Some(&known), &clone_at("there"), &counted([0, 3, 0]), OTHER).unwrap();
    let lacks = |counts| accept(Some(&known), &clone_at("new"), &counted(counts), [3; 32]).unwrap().lacks;
    assert_eq!(lacks([5, 3, 0]), None);
    let lack = |changes, by: &str, at| Some(MissingChanges { changes, by: member(by), at });
    assert_eq!(lacks([4, 2, 0]), lack(2, "bob", head.written_at));
    assert_eq!(lacks([5, 1, 7]), lack(2, "alice", team().head.written_at));
}

#[test]
fn says_again_what_a_checkout_lacks_once_it_lacks_more() {
    let (here, there) = (clone_at("here"), clone_at("there"));
    let mut known = open(None, &here, &counted([2, 0, 0]), DIGEST).unwrap();
    known = open(Some(&known), &there, &counted([1, 0, 0]), OTHER).unwrap();
    let news = |known: &Pins| accept(Some(known), &there, &counted([1, 0, 0]), OTHER).unwrap().is_news;
    assert!(!news(&known));
    known = open(Some(&known), &here, &counted([3, 0, 0]), [3; 32]).unwrap();
    assert!(news(&known));
}

#[test]
fn names_the_branch_of_the_work_tree_with_the_last_writes() {
    let mut known = open(None, &branch("t", "main", &["t/v"]), &counted([1, 0, 0]), DIGEST).unwrap();
    for (place, counts, days) in [
        (branch("t", "topic", &["t/v"]), [2, 0, 0], 1),
        (branch("t", "next", &["t/v"]), [3, 0, 0], 2),
        (branch("u", "last", &["u/v"]), [4, 0, 0], 3),
    ] {
        let mut head = counted(counts);
        head.written_at = head.written_at.plus_days(days);
        known = open(Some(&known), &place, &head, OTHER).unwrap();
    }
    let newer = |place: Place, counts| known.newer_branch(&place, &counted(counts).clock);
    assert_eq!(newer(branch("t", "main", &["t/v"]), [1, 0, 0]), Some("next"));
    assert_eq!(newer(branch("t", "main", &["t/v"]), [3, 0, 0]), None);
    assert_eq!(newer(commit("u", "1", &["u/v"]), [3, 0, 0]), Some("last"));
    assert_eq!(newer(file(&["t/v"]), [0, 0, 0]), None);
}

#[test]
fn the_oldest_commits_without_a_branch_are_forgotten() {
    let mut known = open(None, &clone_at("t"), &counted([1, 0, 0]), DIGEST).unwrap();
    known = open(Some(&known), &commit("u", "1", &["u/v"]), &counted([1, 0, 0]), DIGEST).unwrap();
    for at in 1..=30_u8 {
        let mut head = counted([u64::from(at), 0, 0]);
        head.written_at = head.written_at.plus_days(u32::from(at));
        known = open(Some(&known), &commit("t", &at.to_string(), &["t/v"]), &head, [at; 32]).unwrap();
    }
    let has = |known: &Pins, at: u8| known.checkouts.contains_key(&commit("t", &at.to_string(), &[]).checkout);
    let kept: Vec<u8> = (1..=30).filter(|at| has(&known, *at)).collect();
    assert_eq!(kept, (10..=30).collect::<Vec<_>>());
    assert!(known.checkouts.contains_key(&clone_at("t").checkout));
    assert!(known.checkouts.contains_key(&commit("u", "1", &[]).checkout));
    // The commit that is looked at stays, however old it is.
    known = open(Some(&known), &commit("t", "1", &["t/v"]), &counted([1, 0, 0]), [1; 32]).unwrap();
    assert!(has(&known, 1) && has(&known, 30));
}

#[test]
fn counts_that_overflow_do_not_look_like_few_changes() {
    let largest = |actor| (ActorId(actor), u64::MAX / 2 + 1);
    let huge = Clock::new([largest(1), largest(2)].into());
    assert_eq!(huge.beyond(&Clock::default()), u64::MAX);
    assert_eq!(Clock::default().beyond(&huge), 0);
}
