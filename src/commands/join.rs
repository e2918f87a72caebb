//! `join`: the line that a new colleague sends to a writer of the team.

use clap::Args;

use super::App;
use crate::ops::key::KeyView;
use crate::ops::link::{LinkView, chain, exclude_lock};
use crate::report::{Command, Error, Frontend as _, Message};
use crate::store::LinkFile;

const EXAMPLES: &str = "\
Examples:
  etui join                 use your login name
  etui join --as bob        use the name bob";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Join {
    /// Use this name for yourself in the vault [default: your login name]
    #[arg(long = "as", value_name = "MEMBER")]
    member: Option<String>,
}

impl Join {
    pub fn run(self, app: &App) -> Result<(), Error> {
        // Everything is asked before anything is made, so that Ctrl-C leaves nothing behind.
        let mut links = FoundLinks::find(app)?;
        let member = app.member_name(self.member.as_deref(), Command::without_vault("join").arg("--as MEMBER"))?;
        let key = app.own_key()?;
        links.accept(app)?;
        exclude_lock(&links.all);
        let KeyView { card, fingerprint, .. } = KeyView::new(key.identity, None);
        let line = format!("etui member add {member} {card}");

        if app.ui.json {
            return app.ui.document(&serde_json::json!({
                "command": line,
                "member": member.as_str(),
                "card": card,
                "fingerprint": fingerprint,
                "key": key.file,
                "link": links.all.first().map(LinkView::new),
                "accepted": !links.all.is_empty() && links.open.is_empty(),
            }));
        }
        app.ui.line(&line)?;
        app.ui.say("send this line to a writer of the team; it holds no secret");
        let list = Command::without_vault("member list");
        let fingerprint = format!("your key fingerprint {fingerprint}; compare it by voice with what ");
        app.ui.say(Message::from(fingerprint).command(list).text(" shows to the writer"));
        app.say_backup(&key, "there is no other copy");
        links.show(app);
        app.ui.say(links.next());
        Ok(())
    }
}

/// The links of this directory: its own, and the ones above from which it takes its vault.
struct FoundLinks {
    all: Vec<LinkFile>,
    /// Those that do not count here yet.
    open: Vec<LinkFile>,
    /// Whether somebody wants to accept the open ones.
    is_wanted: bool,
    /// What was accepted just now.
    accepted: Vec<LinkFile>,
}

impl FoundLinks {
    /// Finds the links, and asks a terminal about those that were not accepted. A link that cannot be used does not
    /// keep anybody from joining.
    fn find(app: &App) -> Result<FoundLinks, Error> {
        let all = chain(&app.session).unwrap_or_else(|error| {
            app.ui.warn(error.report().message.clone());
            Vec::new()
        });
        let mut open = Vec::new();
        for link in &all {
            if !app.session.is_accepted(link)? {
                open.push(link.clone());
            }
        }
        let mut is_wanted = app.ui.can_ask() && !app.ui.json;
        for link in &open {
            is_wanted = is_wanted && app.session.ask_to_accept(link)?;
        }
        Ok(FoundLinks { all, open, is_wanted, accepted: Vec::new() })
    }

    fn accept(&mut self, app: &App) -> Result<(), Error> {
        if self.is_wanted {
            self.accepted = std::mem::take(&mut self.open);
            self.accepted.iter().try_for_each(|link| app.session.accept_link(link))?;
        }
        Ok(())
    }

    fn show(&self, app: &App) {
        for LinkFile { path, link, .. } in &self.accepted {
            app.ui.say(format!("accepted {}: {link}", path.display()));
        }
        for LinkFile { path, link, .. } in &self.open {
            let text = format!("the link {} says: {link}; if you know it, accept it: ", path.display());
            app.ui.note(Message::from(text).command(Command::without_vault("link --accept")));
        }
    }

    /// What to type once a writer has added the new member.
    fn next(&self) -> Message {
        let holds_vault = self.all.iter().any(|link| link.link.vault.is_some());
        let next = Message::from("once a writer has run it and shared the vault: ");
        match holds_vault {
            true => next.text("`git pull`, then ").command(Command::new("run").arg("-- COMMAND")),
            false => {
                next.text("`git pull` in the clone that holds the vault, then ").command(Command::new("list --all"))
            }
        }
    }
}
