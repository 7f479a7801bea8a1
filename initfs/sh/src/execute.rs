//! Running lists, chains, loops and branches.
//!
//! Decides the order of commands and `$?`; what leaves loops or the shell goes up as a [`Flow`]. Main item:
//! `Shell::run_list`. Neighbours: `child` (processes), `builtins`, `redirect`.

use crate::child::Task;
use crate::job_control;
use crate::shell::Shell;
use alloc::string::String;
use alloc::vec::Vec;
use runtime::eprintln;
use sh::builtin::Builtin;
use sh::expand::{all_fields, single};
use sh::syntax::{Chain, Command, CommandKind, Connector, Item, List, Pipeline, Place, Sense, Simple, Word};

/// How to go on after a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flow {
    /// With the next one.
    Next,
    /// Behind so many loops.
    Break(usize),
    /// With the next round of the loop so many levels up.
    Continue(usize),
    /// Not at all.
    Exit,
}

impl Shell {
    pub(crate) fn run_list(&mut self, list: &List) -> Flow {
        for item in &list.items {
            if job_control::was_interrupted() {
                return self.give_up();
            }
            let flow = self.run_item(item);
            if flow != Flow::Next {
                return flow;
            }
        }
        if job_control::was_interrupted() { self.give_up() } else { Flow::Next }
    }

    /// The signal of a person ends or leaves whatever the shell is doing.
    fn give_up(&mut self) -> Flow {
        self.status = job_control::interrupted_status();
        Flow::Break(usize::MAX)
    }

    fn run_item(&mut self, item: &Item) -> Flow {
        match item.place {
            Place::Background => {
                self.start_background(Task::Chain(&item.chain), &item.text);
                Flow::Next
            }
            Place::Foreground => self.run_chain(&item.chain, &item.text),
        }
    }

    /// Runs a chain; only its last pipeline can end a shell with `-e`.
    pub(crate) fn run_chain(&mut self, chain: &Chain, text: &[u8]) -> Flow {
        let mut flow = self.run_pipeline(&chain.first, text);
        let mut decided = chain.rest.is_empty();
        for (index, (connector, pipeline)) in chain.rest.iter().enumerate() {
            if flow != Flow::Next {
                return flow;
            }
            let wanted = match connector {
                Connector::And => self.status == 0,
                Connector::Or => self.status != 0,
            };
            if wanted {
                flow = self.run_pipeline(pipeline, text);
                decided = index.saturating_add(1) == chain.rest.len();
            }
        }
        if flow == Flow::Next && decided && self.stop_at_failure && self.status != 0 {
            return Flow::Exit;
        }
        flow
    }

    fn run_pipeline(&mut self, pipeline: &Pipeline, text: &[u8]) -> Flow {
        let flow = match pipeline.commands.as_slice() {
            [command] => self.run_command(command, text),
            commands => {
                self.status = self.run_processes(commands, text);
                Flow::Next
            }
        };
        if pipeline.sense == Sense::Inverted {
            self.status = i32::from(self.status == 0);
        }
        flow
    }

    /// Runs one command that is no part of a pipeline: in this process if it is the shell's own doing.
    pub(crate) fn run_command(&mut self, command: &Command, text: &[u8]) -> Flow {
        match &command.kind {
            CommandKind::Simple(simple) => self.run_simple(command, simple, text),
            CommandKind::Subshell(_) => {
                self.status = self.run_processes(core::slice::from_ref(command), text);
                Flow::Next
            }
            CommandKind::Group(_) | CommandKind::If { .. } | CommandKind::Loop { .. } | CommandKind::For { .. } => {
                self.with_redirections(&command.redirections, |shell| shell.run_compound(&command.kind))
            }
        }
    }

    fn run_simple(&mut self, command: &Command, simple: &Simple, text: &[u8]) -> Flow {
        let words = all_fields(self, &simple.words);
        self.show(simple, &words);
        let builtin = words.first().and_then(|name| Builtin::find(name));
        match (words.as_slice(), builtin) {
            ([], _) => self.with_redirections(&command.redirections, |shell| {
                shell.status = 0;
                shell.assign(&simple.assignments);
                Flow::Next
            }),
            (words, Some(Builtin::Execute)) => self.replace(command, simple, words),
            (words, Some(builtin)) => self.with_redirections(&command.redirections, |shell| {
                shell.assign(&simple.assignments);
                shell.run_builtin(builtin, words.get(1..).unwrap_or_default())
            }),
            (_, None) => {
                self.status = self.run_processes(core::slice::from_ref(command), text);
                Flow::Next
            }
        }
    }

    pub(crate) fn assign(&mut self, assignments: &[(Vec<u8>, Word)]) {
        for (name, word) in assignments {
            let value = single(self, word);
            self.variables.set(name, &value);
        }
    }

    fn show(&self, simple: &Simple, words: &[Vec<u8>]) {
        if self.trace && (!words.is_empty() || !simple.assignments.is_empty()) {
            let values = simple.assignments.iter().map(|(name, word)| [name, &b"="[..], &single(self, word)].concat());
            let all: Vec<Vec<u8>> = values.chain(words.iter().cloned()).collect();
            eprintln!("+ {}", String::from_utf8_lossy(&all.join(&b' ')));
        }
    }

    pub(crate) fn run_compound(&mut self, kind: &CommandKind) -> Flow {
        match kind {
            CommandKind::Group(list) | CommandKind::Subshell(list) => self.run_list(list),
            CommandKind::If { branches, otherwise } => self.run_branches(branches, otherwise.as_ref()),
            CommandKind::Loop { until, condition, body } => {
                self.run_rounds(|shell| shell.round(*until, condition, body))
            }
            CommandKind::For { variable, words, body } => {
                let values = match words {
                    Some(words) => all_fields(self, words),
                    None => self.positional.clone(),
                };
                let mut values = values.into_iter();
                self.run_rounds(|shell| {
                    let value = values.next()?;
                    shell.variables.set(variable, &value);
                    Some(shell.run_list(body))
                })
            }
            CommandKind::Simple(_) => Flow::Next,
        }
    }

    fn run_branches(&mut self, branches: &[(List, List)], otherwise: Option<&List>) -> Flow {
        for (condition, body) in branches {
            let flow = self.run_condition(condition);
            if flow != Flow::Next {
                return flow;
            }
            if self.status == 0 {
                return self.run_list(body);
            }
        }
        self.status = 0;
        otherwise.map_or(Flow::Next, |body| self.run_list(body))
    }

    /// Runs a list whose failure is an answer and ends no shell.
    fn run_condition(&mut self, condition: &List) -> Flow {
        let stop_at_failure = core::mem::take(&mut self.stop_at_failure);
        let flow = self.run_list(condition);
        self.stop_at_failure = stop_at_failure;
        flow
    }

    /// One round of `while` or `until`; `None` if there is none.
    fn round(&mut self, until: Sense, condition: &List, body: &List) -> Option<Flow> {
        let before = self.status;
        let flow = self.run_condition(condition);
        if flow != Flow::Next {
            return Some(flow);
        }
        if (self.status == 0) == (until == Sense::Inverted) {
            self.status = before;
            return None;
        }
        Some(self.run_list(body))
    }

    fn run_rounds(&mut self, mut round: impl FnMut(&mut Self) -> Option<Flow>) -> Flow {
        self.status = 0;
        self.loops = self.loops.saturating_add(1);
        let mut result = Flow::Next;
        while let Some(flow) = round(self) {
            match flow {
                Flow::Next | Flow::Continue(0 | 1) => {}
                Flow::Continue(levels) => {
                    result = Flow::Continue(levels.saturating_sub(1));
                    break;
                }
                Flow::Break(levels) => {
                    result = if levels > 1 { Flow::Break(levels.saturating_sub(1)) } else { Flow::Next };
                    break;
                }
                Flow::Exit => {
                    result = Flow::Exit;
                    break;
                }
            }
        }
        self.loops = self.loops.saturating_sub(1);
        result
    }
}
