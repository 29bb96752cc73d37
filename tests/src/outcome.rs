//! How a command ended, and what is asked of it.

use serde_json::Value;

/// A command that has ended.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// What was typed.
    pub line: String,
    /// The exit status; `None` where a signal ended it.
    pub status: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Outcome {
    /// It did everything it was asked to.
    #[track_caller]
    pub fn done(&self) -> &Self {
        assert_eq!(self.status, Some(0), "{}", self.told());
        self
    }

    /// It did what it could and said so with exit status 1.
    #[track_caller]
    pub fn partly(&self) -> &Self {
        assert_eq!(self.status, Some(1), "{}", self.told());
        self
    }

    /// It refused with exit status 1, gave no data, and its message has each of these texts in it.
    #[track_caller]
    pub fn refused(&self, texts: &[&str]) -> &Self {
        assert_eq!(self.status, Some(1), "{}", self.told());
        assert_eq!(self.out, "", "a refusal gives no data: {}", self.told());
        for text in texts {
            assert!(self.err.contains(text), "`{text}` is not said: {}", self.told());
        }
        assert!(!self.err.contains("panicked"), "{}", self.told());
        self
    }

    /// The data of a command with `--json`.
    #[track_caller]
    pub fn json(&self) -> Value {
        match serde_json::from_str(&self.out) {
            Ok(value) => value,
            Err(error) => panic!("no JSON ({error}): {}", self.told()),
        }
    }

    /// Everything about it, for a failing test.
    pub fn told(&self) -> String {
        let Self { line, status, out, err } = self;
        format!("`{line}` ended with {status:?}\n--- standard output\n{out}\n--- standard error\n{err}")
    }
}
