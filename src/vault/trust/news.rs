//! What changed among the members since a laptop last looked.

use std::collections::{BTreeMap, BTreeSet};

use crate::vault::fingerprint::Fingerprint;
use crate::vault::head::Head;
use crate::vault::member::Member;
use crate::vault::name::MemberName;

/// One change among the members.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum MemberNews {
    Added(MemberName),
    Removed(MemberName),
    Renamed {
        old: MemberName,
        new: MemberName,
    },
    /// The member has other keys, or a reader became a writer.
    NewKey(MemberName),
    Root(MemberName),
}

/// Lists what changed among the members from one version of a vault to a later one.
pub fn news(before: &Head, after: &Head) -> Vec<MemberNews> {
    let [before, after] = [before, after].map(|head| Roster::of(head, &|_| false));
    before.news(&after)
}

/// The members as last seen: their names and fingerprints, and the fingerprint of the root.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Roster {
    pub members: BTreeMap<MemberName, Fingerprint>,
    pub root: Option<Fingerprint>,
}

impl Roster {
    /// The members of a head, except whom the laptop knows to be removed, and whom only these endorse.
    pub(super) fn of(head: &Head, is_removed: &dyn Fn(&Member) -> bool) -> Roster {
        let prints: BTreeMap<&MemberName, Fingerprint> =
            head.members.iter().map(|(name, member)| (name, member.fingerprint())).collect();
        let mut by_endorser: BTreeMap<&Fingerprint, Vec<&MemberName>> = BTreeMap::new();
        for (name, member) in head.members.iter().filter(|(name, member)| member.endorsed_by != prints[name]) {
            by_endorser.entry(&member.endorsed_by).or_default().push(name);
        }
        let removed = head.members.iter().filter(|(_, member)| is_removed(member));
        let mut next: Vec<&MemberName> = removed.map(|(name, _)| name).collect();
        let mut gone: BTreeSet<&MemberName> = BTreeSet::new();
        while let Some(name) = next.pop() {
            if gone.insert(name) {
                next.extend(by_endorser.remove(&prints[name]).unwrap_or_default());
            }
        }
        let members = prints.iter().filter(|(name, _)| !gone.contains(*name));
        Roster {
            members: members.map(|(name, print)| ((*name).clone(), print.clone())).collect(),
            root: head.root().map(|(_, member)| member.fingerprint()),
        }
    }

    /// Whether it lists these keys.
    pub fn knows(&self, print: &Fingerprint) -> bool {
        self.members.values().any(|known| known == print)
    }

    /// Lists what differs in a later roster.
    pub(super) fn news(&self, later: &Roster) -> Vec<MemberNews> {
        let mut news = Vec::new();
        let old_name = |print: &Fingerprint| self.members.iter().find(|(_, known)| *known == print);
        for (name, print) in &later.members {
            let known = self.members.get(name);
            if known == Some(print) {
                continue;
            }
            match (known, old_name(print)) {
                (_, Some((old, _))) => news.push(MemberNews::Renamed { old: old.clone(), new: name.clone() }),
                (Some(_), None) => news.push(MemberNews::NewKey(name.clone())),
                (None, None) => news.push(MemberNews::Added(name.clone())),
            }
        }
        for (name, print) in &self.members {
            if !later.members.contains_key(name) && !later.knows(print) {
                news.push(MemberNews::Removed(name.clone()));
            }
        }
        // A root that replaced its own keys is the same person.
        match (self.root_name(), later.root_name()) {
            (old, Some(new)) if self.root != later.root && old != Some(new) => news.push(MemberNews::Root(new.clone())),
            _ => {}
        }
        news
    }

    fn root_name(&self) -> Option<&MemberName> {
        let root = self.members.iter().find(|(_, print)| Some(*print) == self.root.as_ref());
        root.map(|(name, _)| name)
    }
}
