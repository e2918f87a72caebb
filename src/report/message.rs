//! Sentences with commands in them.

use std::fmt::{self, Display};

use super::command::{Command, Reach};

/// A sentence for a person. Its commands are data, so that a front end can add the option that names the vault.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Message {
    parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    Command(Command),
}

impl Message {
    /// Adds text.
    pub fn text(mut self, text: impl Into<String>) -> Message {
        self.parts.push(Part::Text(text.into()));
        self
    }

    /// Adds a command, which is shown in backticks.
    pub fn command(mut self, command: Command) -> Message {
        self.parts.push(Part::Command(command));
        self
    }

    /// Returns whether there is nothing to show.
    pub fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    /// Renders the sentence; commands on the vault repeat the option that named it.
    pub fn render(&self, reach: &Reach) -> String {
        let mut rendered = String::new();
        for part in &self.parts {
            match part {
                Part::Text(text) => rendered.push_str(text),
                Part::Command(command) => {
                    rendered.push('`');
                    rendered.push_str(&command.line(reach));
                    rendered.push('`');
                }
            }
        }
        rendered
    }
}

impl Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(&Reach::default()))
    }
}

impl From<String> for Message {
    fn from(text: String) -> Message {
        if text.is_empty() { Message::default() } else { Message::default().text(text) }
    }
}

impl From<&str> for Message {
    fn from(text: &str) -> Message {
        text.to_owned().into()
    }
}

impl From<Command> for Message {
    fn from(command: Command) -> Message {
        Message::default().command(command)
    }
}
