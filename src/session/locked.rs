//! Closed sections that the keys at hand do not open, where a command goes on without them: what it says of them.

use std::collections::BTreeMap;

use super::Session;
use crate::report::{Message, Notice, and};
use crate::vault::{Access, MemberName, SecretName, SectionId, Sections};

impl Session {
    /// Notes, in one line, which of these sections are left out, and who can let somebody in.
    pub fn note_locked(&self, sections: &Sections) {
        let mut by_members: BTreeMap<&[MemberName], Vec<&SectionId>> = BTreeMap::new();
        for (id, closed) in sections.locked() {
            let by: &[MemberName] = match &closed.access {
                Access::Locked { by } => by,
                _ => &[],
            };
            by_members.entry(by).or_default().push(id);
        }
        let left_out = |(by, sections): (&[MemberName], Vec<&SectionId>)| {
            let are = if sections.len() == 1 { "is" } else { "are" };
            let helpers = if by.is_empty() { String::new() } else { format!("; {} can let you in", and(by)) };
            format!("{} {are} closed to your key, and left out{helpers}", and(&sections))
        };
        let left_out: Vec<String> = by_members.into_iter().map(left_out).collect();
        if !left_out.is_empty() {
            self.frontend.notice(Notice::Note(Message::from(left_out.join("; "))));
        }
    }

    /// Notes, in one line, that entries nobody could look at may refer to these secrets.
    pub fn note_unseen_users(&self, names: &[SecretName], unseen: &[SectionId]) {
        if !names.is_empty() && !unseen.is_empty() {
            let are = if unseen.len() == 1 { "is" } else { "are" };
            let text = format!("{} may be in use in {}, which {are} closed to your key", and(names), and(unseen));
            self.frontend.notice(Notice::Note(text.into()));
        }
    }
}
