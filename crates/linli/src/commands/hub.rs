//! `linli hub`: setting up a hub, running it, and its nightly work.

use std::{net::SocketAddr, path::PathBuf};

use anyhow::Result;
use clap::{ArgGroup, Args, Subcommand};
use linli_log::Rights;
use linli_node::{Invitation, Node, Terms, export_grant, import_grant, join, make_request};
use linli_wire::UnitPath;
use serde::Serialize;

use super::{evaluate, serve};
use crate::{
    cli::{network::NetworkArguments, period::PeriodArguments, values},
    context::Context,
    failure::{Ended, Refused},
    language::Language,
};

#[derive(Debug, Args)]
pub struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Set up a hub: the city's from the root, the others by invitation
    #[command(after_help = "Examples:\n  linli --data city hub init --root root --unit 3211\n  \
        linli --data street hub init --invite LINLI1:… --listen 0.0.0.0:7311")]
    Init(Init),
    /// Run the hub until Ctrl-C
    #[command(after_help = "Example:\n  linli --data city hub serve --listen 0.0.0.0:7311\n\n\
        While it runs, other commands on the same directory go through it.")]
    Serve(Serve),
    /// Resolve what units cannot know alone, and score everything below
    #[command(after_help = "Example:\n  linli --data city hub nightly")]
    Nightly(Nightly),
}

#[derive(Debug, Args)]
#[command(group(ArgGroup::new("from").required(true).args(["root", "invite"])))]
struct Init {
    /// The root's directory: for the city's hub
    #[arg(long, value_name = "ROOTDIR", requires = "unit")]
    root: Option<PathBuf>,
    /// The unit of the hub, with --root
    #[arg(long, requires = "root", value_parser = values::unit)]
    unit: Option<UnitPath>,
    /// The invitation of the hub above: for every other hub
    #[arg(long, value_name = "CODE")]
    invite: Option<String>,
    /// Where to listen; remembered
    #[arg(long, value_name = "ADDR", value_parser = values::address)]
    listen: Option<SocketAddr>,
    /// What people call this hub
    #[arg(long)]
    label: Option<String>,
}

#[derive(Debug, Args)]
struct Serve {
    /// Where to listen; remembered
    #[arg(long, value_name = "ADDR", value_parser = values::address)]
    listen: Option<SocketAddr>,
    #[command(flatten)]
    network: NetworkArguments,
}

#[derive(Debug, Args)]
struct Nightly {
    #[command(flatten)]
    period: PeriodArguments,
}

/// Where a hub listens that was told nothing else.
const LISTEN: &str = "0.0.0.0:7311";

impl Arguments {
    pub fn run(&self, context: &mut Context) -> Result<Ended> {
        match &self.action {
            Action::Init(init) => init.run(context),
            Action::Serve(arguments) => arguments.run(context),
            Action::Nightly(nightly) => nightly.run(context),
        }
    }

    pub const fn needs_the_directory(&self) -> bool {
        matches!(self.action, Action::Init(_) | Action::Serve(_))
    }
}

impl Init {
    fn run(&self, context: &mut Context) -> Result<Ended> {
        let node = context.node_or_new()?;
        let label = self.label.clone().unwrap_or_default();
        let unit = match (&self.root, &self.invite, &self.unit) {
            (Some(root), _, Some(unit)) => from_root(context, &node, &context.path(root), unit, &label)?,
            (_, Some(code), _) => {
                let terms = Invitation::parse(code)?.terms;
                let unnamed = label.is_empty() && terms.label.is_empty();
                let label = if unnamed { format!("hub {}", terms.unit) } else { label };
                context.block_on(join(&node, code, &label))?
            }
            _ => return Err(missing(context)),
        };
        if let Some(listen) = self.listen {
            remember(&node, "listen", listen)?;
        }
        node.materialise()?;
        if context.json {
            let answer = Made {
                unit: unit.to_string(),
                device: node.device().to_string(),
                realm: node.realm()?.to_string(),
            };
            context.out.json(&answer)?;
        } else {
            context.out.line(&format!("{unit} {}", node.device()))?;
        }
        context.out.note(&match context.language {
            Language::Chinese => {
                format!("已设立 {unit} 的机器。下一步：linli --data 目录 hub serve --listen 地址:端口")
            }
            Language::English => {
                format!("The hub of {unit} is set up. Next: linli --data DIR hub serve --listen ADDRESS:PORT")
            }
        });
        Ok(Ended::Done)
    }
}

#[derive(Debug, Serialize)]
struct Made {
    unit: String,
    device: String,
    realm: String,
}

fn missing(context: &Context) -> anyhow::Error {
    Refused::new(context.say("请给出 --root 和 --unit，或 --invite", "give --root and --unit, or --invite"))
        .into()
}

/// Grants a new hub by the root key directly: a request and a grant, as files would carry them.
fn from_root(
    context: &Context,
    node: &Node,
    root: &std::path::Path,
    unit: &UnitPath,
    label: &str,
) -> Result<UnitPath> {
    let root = Node::open(root)?;
    let realm_city = root.with(|r| r.trust().root_unit(r.identity().device()).cloned());
    if realm_city.is_none() {
        let message =
            context.say("--root 所指目录没有根密钥", "the directory of --root does not hold a root key");
        let hint = context
            .say("给出 `linli realm init` 所建的目录", "name the directory that `linli realm init` made");
        return Err(Refused::new(message).hint(hint).into());
    }
    let label = if label.is_empty() { format!("hub {unit}") } else { label.to_owned() };
    let between = tempfile::tempdir()?;
    let (request, granted) = (between.path().join("request"), between.path().join("grant"));
    make_request(node, &label, &request)?;
    let terms = Terms { unit: unit.clone(), rights: Rights::hub(), not_after: None, label };
    export_grant(&root, &request, &terms, &granted)?;
    Ok(import_grant(node, &granted)?)
}

impl Serve {
    fn run(&self, context: &mut Context) -> Result<Ended> {
        let node = context.node()?;
        node.unit()?;
        self.network.keep(&node)?;
        if let Some(listen) = self.listen {
            remember(&node, "listen", listen)?;
        }
        let listen = match recall(&node, "listen")? {
            Some(listen) => listen,
            None => LISTEN.parse()?,
        };
        serve::serve(context, &node, listen, None)
    }
}

impl Nightly {
    fn run(&self, context: &mut Context) -> Result<Ended> {
        let node = context.node()?;
        let unit = node.unit()?;
        evaluate::evaluate_and_print(context, &node, &unit, &self.period.period()?, false)
    }
}

/// Keeps an address with the data.
pub fn remember(node: &Node, name: &str, address: SocketAddr) -> Result<()> {
    Ok(node.with(|r| r.set_meta(name, address.to_string().as_bytes()))?)
}

pub fn recall(node: &Node, name: &str) -> Result<Option<SocketAddr>> {
    let found = node.with(|r| r.meta(name))?;
    Ok(found.and_then(|bytes| String::from_utf8(bytes).ok()?.parse().ok()))
}
