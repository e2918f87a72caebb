//! `join`: the line that a new colleague sends to a writer of the team.

use clap::Args;

use super::App;
use crate::ops::key::KeyView;
use crate::report::{Command, Error};

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
        let member = app.member_name(self.member.as_deref(), Command::without_vault("join").arg("--as MEMBER"))?;
        let key = app.own_key()?;
        let KeyView { card, fingerprint, .. } = KeyView::new(key.identity, None);
        let line = format!("etui member add {member} {card}");

        if app.ui.json {
            return app.ui.document(&serde_json::json!({
                "command": line,
                "member": member.as_str(),
                "card": card,
                "fingerprint": fingerprint,
                "key": key.file,
            }));
        }
        app.ui.line(&line)?;
        app.ui.say("send this line to a writer of the team; it holds no secret");
        app.ui.say(format!("your fingerprint, to compare by voice: {fingerprint}"));
        if let Some(file) = key.file {
            app.ui.say(format!("back up {}: there is no other copy", file.display()));
        }
        Ok(())
    }
}
