//! `trust`: what differs from what this laptop knew, and whether that is to be accepted.

use std::collections::BTreeSet;

use clap::Args;

use crate::old::context::Cx;
use crate::old::error::{Error, Strange};
use crate::report::and;
use crate::vault::text::Selection;
use crate::vault::{Distrust, Head, Pins};

#[derive(Debug, Args)]
pub struct Trust {}

impl Trust {
    pub fn run(self, cx: &Cx) -> Result<(), Error> {
        let place = cx.place()?;
        let memory = cx.memory()?;
        let opened = cx.open_as_it_is(place)?;
        let head = &opened.head;
        let differs = cx.judge(&memory, place, &opened).err();
        if let Some(error) = &differs {
            cx.ui.warn(&error.report().message);
        }
        let fingerprint = head.fingerprint().map(|print| print.to_string()).unwrap_or_default();
        let mut lines = vec![
            format!("team {}, fingerprint {fingerprint}", head.team),
            format!("written by {} at {}", head.written_by, head.written_at),
        ];
        lines.extend(differences(head, memory.vaults.get(&head.id)));
        cx.ui.line(&lines.join("\n"))?;
        let Some(error) = differs else {
            cx.ui.say("it is what this laptop knows");
            return cx.view(Selection::Current(&[])).map(drop);
        };
        let doing = format!("trust this vault of team {}", head.team);
        match (&error, memory.vaults.get(&head.id)) {
            // Removed is for good: it is trusted as it is without them.
            (Error::Strange { why: Strange::Distrust(Distrust::Back { names, .. }), .. }, Some(known)) => {
                cx.confirm_firmly(&format!("{doing}, and remove {} from it again", and(names)))?;
                let Some(without) = cx.remove_again(place, &opened, &known.removed)? else { return Err(error) };
                cx.accept(place, &without)?;
            }
            _ => {
                cx.confirm_firmly(&doing)?;
                cx.accept(place, &opened)?;
            }
        }
        cx.ui.say(&format!("team {} is trusted as it is", head.team));
        Ok(())
    }
}

/// What a person should compare: never a value.
fn differences(head: &Head, known: Option<&Pins>) -> Vec<String> {
    let mut lines = Vec::new();
    let trusted: BTreeSet<_> = known.map(|known| known.writers.clone()).unwrap_or_default();
    for (name, member) in &head.members {
        let what = match member.key {
            Some(key) if trusted.contains(&key) => continue,
            Some(_) => "writer, not known to this laptop",
            None => "reader",
        };
        lines.push(format!("member {name}: {what}, {}", member.fingerprint()));
    }
    if let Some(known) = known {
        let there: BTreeSet<_> = head.members.values().filter_map(|member| member.key).collect();
        for key in known.writers.difference(&there) {
            lines.push(format!("not a member any more: {}", key.fingerprint()));
        }
    }
    lines
}
