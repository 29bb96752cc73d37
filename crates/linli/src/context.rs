//! What a command runs with: where its data is, who asked from where, and how it answers.

use std::{
    fs::File,
    io::Read as _,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};
use linli_node::Node;
use linli_wire::UnitPath;
use tokio::runtime::Handle;

use crate::{cli::network::proxy_of_environment, failure::Refused, language::Language, output::Output};

/// The settings of one run of a command.
#[derive(Debug)]
pub struct Context {
    pub language: Language,
    /// Whether the answer is for a program.
    pub json: bool,
    pub out: Output,
    data: Option<PathBuf>,
    /// The working directory of whoever asked: relative paths start there.
    directory: PathBuf,
    /// The node that this process serves with already.
    served: Option<Node>,
    runtime: Handle,
}

impl Context {
    /// The context of a process of its own.
    pub fn own(data: Option<PathBuf>, json: bool, language: Language, runtime: Handle) -> Self {
        Self {
            language,
            json,
            out: Output::standard(),
            data,
            directory: PathBuf::new(),
            served: None,
            runtime,
        }
    }

    /// The context of a command that another process passed on to the one that serves.
    pub fn passed_on(
        node: Node,
        json: bool,
        language: Language,
        directory: PathBuf,
        out: Output,
        runtime: Handle,
    ) -> Self {
        Self { language, json, out, data: None, directory, served: Some(node), runtime }
    }

    /// Whether the answer goes out as CSV; `--json` asks for another one.
    pub fn as_csv(&self, asked: bool) -> Result<bool> {
        if asked && self.json {
            let message =
                self.say("--json 与 --csv 不能同时使用", "--json and --csv cannot be used together");
            return Err(Refused::new(message).hint(self.say("只给其中一个", "give one of them")).into());
        }
        Ok(asked)
    }

    /// The text in the language of whoever asked.
    pub const fn say<'t>(&self, zh: &'t str, en: &'t str) -> &'t str {
        self.language.pick(zh, en)
    }

    /// The data directory.
    pub fn data(&self) -> Result<PathBuf> {
        self.data.clone().ok_or_else(|| {
            let message = self.say("没有指定数据目录", "there is no data directory");
            let hint = self.say(
                "用 --data 目录 指定，或设置环境变量 LINLI_DATA",
                "name one with --data DIR, or once and for all in the environment: export LINLI_DATA=DIR",
            );
            Refused::new(message).hint(hint).into()
        })
    }

    /// Whether there is a node to ask.
    pub const fn has_data(&self) -> bool {
        self.data.is_some() || self.served.is_some()
    }

    /// A path as whoever asked means it.
    pub fn path(&self, path: &Path) -> PathBuf {
        self.directory.join(path)
    }

    /// Reads a file that a person named, and no more of it than `bytes_max` and one byte: whoever reads
    /// the bytes has limits of its own and says what is wrong with a longer one.
    pub fn read(&self, path: &Path, bytes_max: u64) -> Result<Vec<u8>> {
        let path = self.path(path);
        let read = || {
            let mut bytes = Vec::new();
            File::open(&path)?.take(bytes_max + 1).read_to_end(&mut bytes)?;
            Ok::<_, std::io::Error>(bytes)
        };
        read().with_context(|| {
            let verb = self.say("无法读取", "cannot read");
            format!("{verb} {}", path.display())
        })
    }

    pub const fn is_served(&self) -> bool {
        self.served.is_some()
    }

    /// The node of the data directory.
    pub fn node(&self) -> Result<Node> {
        match &self.served {
            Some(node) => Ok(node.clone()),
            None => Ok(with_proxy(Node::open(&self.data()?)?)),
        }
    }

    /// The node of the data directory, made if there is none: what a device does before it joins.
    pub fn node_or_new(&self) -> Result<Node> {
        let data = self.data()?;
        let there = data.join("linli.db").exists();
        Ok(with_proxy(if there { Node::open(&data)? } else { Node::create(&data)? }))
    }

    /// Waits for something that goes over the network.
    pub fn block_on<F: Future>(&self, future: F) -> F::Output {
        self.runtime.block_on(future)
    }

    pub const fn runtime(&self) -> &Handle {
        &self.runtime
    }
}

/// The node, told of the proxy that the environment names.
fn with_proxy(node: Node) -> Node {
    if let Some(proxy) = proxy_of_environment() {
        node.set_default_proxy(proxy);
    }
    node
}

/// The unit that a device acts for; the realm's city for the root, which holds no grant.
pub fn own_unit(node: &Node) -> Result<UnitPath, linli_node::NodeError> {
    let device = node.device();
    match node.with(|r| r.trust().root_unit(device).cloned()) {
        Some(city) => Ok(city),
        None => node.unit(),
    }
}

/// The unit that was asked for, or the device's own.
pub fn unit_or_own(node: &Node, asked: Option<&UnitPath>) -> Result<UnitPath, linli_node::NodeError> {
    asked.map_or_else(|| own_unit(node), |unit| Ok(unit.clone()))
}
