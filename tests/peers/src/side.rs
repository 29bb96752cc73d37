//! The two sides of a comparison are processes of their own, so that each has its processor time and memory.
//!
//! A side reads commands from standard input, one a line, and answers each with one line of JSON. It ends
//! when its input does.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    time::Duration,
};

use anyhow::{Context as _, bail};
use rustix::time::{ClockId, clock_gettime};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// What a process has used so far.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub struct Usage {
    pub cpu_ms: f64,
    pub peak_mb: f64,
}

impl Usage {
    /// Of this process.
    pub fn here() -> anyhow::Result<Self> {
        let cpu = clock_gettime(ClockId::ProcessCPUTime);
        let status = std::fs::read_to_string("/proc/self/status").context("the status of this process")?;
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let peak_kb: f64 = peak
            .and_then(|peak| peak.trim().strip_suffix(" kB"))
            .and_then(|peak| peak.trim().parse().ok())
            .context("the peak memory of this process")?;
        Ok(Self { cpu_ms: cpu.tv_sec as f64 * 1e3 + cpu.tv_nsec as f64 / 1e6, peak_mb: peak_kb / 1024.0 })
    }
}

/// A process that plays one side.
pub struct Side {
    child: Child,
    commands: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Side {
    /// Starts a side and waits for its first word.
    pub fn start<T: DeserializeOwned>(mut command: Command) -> anyhow::Result<(Self, T)> {
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().context("starting a side")?;
        let (commands, answers) = (child.stdin.take(), child.stdout.take().expect("it was just piped"));
        let mut side = Self { child, commands, answers: BufReader::new(answers) };
        let first = side.answer()?;
        Ok((side, first))
    }

    /// This program in another role.
    pub fn own(role: &str, arguments: &[&std::ffi::OsStr]) -> anyhow::Result<Command> {
        let mut command = Command::new(std::env::current_exe().context("the path of this program")?);
        command.arg(role).args(arguments);
        Ok(command)
    }

    /// Gives a command and does not wait for its answer.
    pub fn tell(&mut self, command: &str) -> anyhow::Result<()> {
        let commands = self.commands.as_mut().expect("it is only taken at the end");
        writeln!(commands, "{command}").and_then(|()| commands.flush()).context("a side that has ended")
    }

    pub fn answer<T: DeserializeOwned>(&mut self) -> anyhow::Result<T> {
        let mut line = String::new();
        if self.answers.read_line(&mut line).context("the answer of a side")? == 0 {
            bail!("a side ended without an answer; what it said on standard error tells why");
        }
        serde_json::from_str(&line).with_context(|| format!("the answer `{}`", line.trim_end()))
    }

    pub fn ask<T: DeserializeOwned>(&mut self, command: &str) -> anyhow::Result<T> {
        self.tell(command)?;
        self.answer()
    }

    pub fn usage(&mut self) -> anyhow::Result<Usage> {
        self.ask("usage")
    }
}

impl Drop for Side {
    fn drop(&mut self) {
        drop(self.commands.take());
        for _ in 0..100 {
            if matches!(self.child.try_wait(), Ok(Some(_))) {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Plays a side: says its first word and answers commands until there are no more.
pub fn play<T: Serialize>(
    first: &T,
    mut answer: impl FnMut(&[&str]) -> anyhow::Result<serde_json::Value>,
) -> anyhow::Result<()> {
    say(first)?;
    for line in std::io::stdin().lock().lines() {
        let line = line.context("reading a command")?;
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.as_slice() {
            ["usage"] => say(&Usage::here()?)?,
            words => say(&answer(words)?)?,
        }
    }
    Ok(())
}

fn say<T: Serialize>(word: &T) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    serde_json::to_writer(&mut out, word).context("an answer")?;
    writeln!(out).and_then(|()| out.flush()).context("an answer")
}
