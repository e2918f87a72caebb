//! `check`: whether all that a program is said to need is set.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use crate::old::context::Cx;
use crate::old::error::Error;
use crate::old::options::ContextScope;
use crate::old::scope::describe;
use crate::old::ui::visible;
use crate::vault::SecretName;

/// Where a program says what it needs, by custom.
const EXAMPLE: &str = ".env.example";

#[derive(Debug, Args)]
pub struct Check {
    /// A dotenv, JSON or YAML file that names what is needed; .env.example if it is not said
    file: Option<PathBuf>,
    #[command(flatten)]
    scope: ContextScope,
}

impl Check {
    pub fn run(self, cx: &Cx) -> Result<(), Error> {
        let file = self.file.clone().unwrap_or_else(|| EXAMPLE.into());
        let needed = cx.input(&file)?.parse(None)?.entries;
        let (context, view) = cx.context_view(&self.scope)?;
        let merged = view.sections.merge(&context);
        let resolves = |name: &str| {
            let found = SecretName::parse(name).ok().and_then(|name| merged.get(&name));
            found.is_some_and(|layered| view.sections.variable(&context, layered).is_ok())
        };
        let missing: Vec<&str> =
            needed.iter().map(|entry| entry.name.as_str()).filter(|name| !resolves(name)).collect();
        if cx.ui.json {
            cx.ui.document(&json!({"needed": needed.len(), "missing": missing}))?;
        } else if !missing.is_empty() {
            let shown: Vec<_> = missing.iter().map(|name| visible(name)).collect();
            cx.ui.line(&shown.join("\n"))?;
        }
        let place = describe(&context, &view);
        if missing.is_empty() {
            if !cx.ui.json {
                cx.ui.say(&format!("all {} names of {} are set in {place}", needed.len(), file.display()));
            }
            return Ok(());
        }
        Err(Error::CheckMissing { file, missing: missing.len(), needed: needed.len(), place })
    }
}
