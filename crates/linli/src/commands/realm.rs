//! `linli realm`: beginning a realm, and what it is.

use std::{
    fs::OpenOptions,
    io::Write as _,
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};
use clap::{Args, Subcommand};
use linli_node::{Node, init_realm, read_units, rotate_root};
use linli_store::Identity;
use linli_wire::{DeviceKey, Digest, Level, UnitPath};
use serde::Serialize;

use crate::{
    context::{Context, own_unit},
    failure::{Ended, Refused},
    language::Language,
    output::Table,
};

#[derive(Debug, Args)]
pub struct Arguments {
    #[command(subcommand)]
    pub action: Action,
}

#[derive(Debug, Subcommand)]
pub enum Action {
    /// Make the offline root of a new realm from a list of units
    #[command(after_help = "Example:\n  linli --data root realm init --units units.csv\n\n\
        The list is CSV with the columns code,level,name,parent,programme.")]
    Init(Init),
    /// Hand the realm over to the next root key
    #[command(after_help = "Example:\n  linli --data root realm rotate --next /media/safe/next-root.key\n\n\
        The key is the one that `realm init` or the last rotation wrote. A new one after it is made and written \
        beside the data: move it elsewhere. Take the root's word to the city's hub afterwards.")]
    Rotate(Rotate),
    /// Show the realm that this device belongs to
    #[command(after_help = "Example:\n  linli --data hub realm show")]
    Show,
}

#[derive(Debug, Args)]
pub struct Init {
    /// The city's units as CSV: code,level,name,parent,programme
    #[arg(long, value_name = "FILE")]
    units: PathBuf,
}

#[derive(Debug, Args)]
pub struct Rotate {
    /// The file with the key that takes over
    #[arg(long, value_name = "FILE")]
    next: PathBuf,
}

/// The file with the seed of the key that would take over from the root.
const NEXT_ROOT: &str = "next-root.key";
/// Bytes of such a file: 64 digits and white space.
const KEY_FILE_BYTES_MAX: u64 = 256;

impl Arguments {
    pub fn run(&self, context: &mut Context) -> Result<Ended> {
        match &self.action {
            Action::Init(init) => init.run(context),
            Action::Rotate(rotate) => rotate.run(context),
            Action::Show => show(context),
        }
    }
}

impl Init {
    fn run(&self, context: &mut Context) -> Result<Ended> {
        let data = context.data()?;
        // What can be wrong with the list is found before anything is made.
        let units = read_units(&context.path(&self.units))?;
        let node = Node::create(&data)?;
        let next = Identity::random()?;
        let file = data.join(NEXT_ROOT);
        write_private(&file, &next.seed()).with_context(|| format!("cannot write {}", file.display()))?;
        let realm = init_realm(&node, &units, next.device())?;
        if context.json {
            let answer = Made { realm: realm.to_string(), units: units.0.len(), next_root: &file };
            context.out.json(&answer)?;
        } else {
            context.out.line(&realm.to_string())?;
        }
        let (city, data, file) = (units.city(), data.display(), file.display());
        context.out.note(&match context.language {
            Language::Chinese => format!(
                "已建立域，共 {} 个单位。以上是域编号，审计时要用，请记下。\n\
                 目录 {data} 存有根密钥：平时离线保管，仅在授权市级机器时使用。\n\
                 {file} 是下一任根密钥：请移到另一处保管，不要与 {data} 放在一起。\n\
                 下一步：linli --data 市级目录 hub init --root {data} --unit {city}",
                units.0.len()
            ),
            Language::English => format!(
                "The realm has {} units. Above is its id, which auditors need: write it down.\n\
                 {data} holds the root key: keep it offline, it is needed to set up the city's hub only.\n\
                 {file} is the key of the next root: move it elsewhere, not beside {data}.\n\
                 Next: linli --data CITYDIR hub init --root {data} --unit {city}",
                units.0.len()
            ),
        });
        Ok(Ended::Done)
    }
}

impl Rotate {
    fn run(&self, context: &mut Context) -> Result<Ended> {
        let data = context.data()?;
        let node = context.node()?;
        let text = context.read(&self.next, KEY_FILE_BYTES_MAX)?;
        let seed = String::from_utf8(text).ok().and_then(|text| text.trim().parse::<Digest>().ok());
        let Some(Digest(seed)) = seed else {
            let message = match context.language {
                Language::Chinese => format!("{} 不是根密钥文件", self.next.display()),
                Language::English => format!("{} is no file with a root key", self.next.display()),
            };
            return Err(Refused::new(message).into());
        };
        let next = Identity::from_seed(seed)?;
        let root = next.device();
        let (after, file) = after(&data, root)?;
        rotate_root(&node, next, after)?;
        if context.json {
            let answer = serde_json::json!({ "root": root.to_string(), "next_root": file });
            context.out.json(&answer)?;
        } else {
            context.out.line(&root.to_string())?;
        }
        let (data, file) = (data.display(), file.display());
        context.out.note(&match context.language {
            Language::Chinese => format!(
                "根密钥已更换，以上是新的公钥；{data} 从此使用新密钥。\n\
                 {file} 是再下一任根密钥：请移到另一处保管。\n\
                 下一步：用 `linli sync --peer 地址` 或 U 盘把根的这条记录送到市级机器"
            ),
            Language::English => format!(
                "The realm goes by the key above now, and so does {data}.\n\
                 {file} is the key of the root after it: move it elsewhere, not beside {data}.\n\
                 Next: take the root's word to the city's hub, with `linli sync --peer ADDRESS` or a bundle"
            ),
        });
        Ok(Ended::Done)
    }
}

/// The key after the next, made and kept in a file before it is announced. A rotation that was interrupted
/// finds the one that it had made.
fn after(data: &Path, root: DeviceKey) -> Result<(DeviceKey, PathBuf)> {
    let file = data.join(format!("after-{}.key", root.short()));
    if let Ok(text) = std::fs::read_to_string(&file) {
        let Digest(seed) = text.trim().parse().with_context(|| format!("{} is damaged", file.display()))?;
        return Ok((Identity::from_seed(seed)?.device(), file));
    }
    let after = Identity::random()?;
    write_private(&file, &after.seed()).with_context(|| format!("cannot write {}", file.display()))?;
    Ok((after.device(), file))
}

#[derive(Debug, Serialize)]
struct Made<'a> {
    realm: String,
    units: usize,
    next_root: &'a Path,
}

fn write_private(path: &Path, seed: &[u8; 32]) -> std::io::Result<()> {
    let mut file = OpenOptions::new().create_new(true).write(true).mode(0o600).open(path)?;
    writeln!(file, "{}", Digest(*seed))?;
    file.sync_all()
}

#[derive(Debug, Serialize)]
struct Shown {
    realm: String,
    city: String,
    name: String,
    is_root: bool,
    districts: u64,
    streets: u64,
    communities: u64,
    programme_streets: u64,
    programme_communities: u64,
}

fn show(context: &mut Context) -> Result<Ended> {
    let node = context.node()?;
    let realm = node.realm()?;
    node.materialise()?;
    let city = own_unit(&node)?.at_level(Level::City).context("every unit lies in a city")?;
    let device = node.device();
    let (rows, is_root) = node.with(|r| {
        let sql = "SELECT level, programme, COUNT(*) FROM unit GROUP BY level, programme";
        let rows: Vec<(String, i64, u64)> =
            r.query(sql, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        Ok::<_, linli_store::StoreError>((rows, r.trust().root_unit(device).is_some()))
    })?;
    let name = names(&node)?.remove(city.as_str()).unwrap_or_default();
    let count = |level: &str, programme: bool| -> u64 {
        rows.iter().filter(|(l, p, _)| l == level && (!programme || *p == 1)).map(|(_, _, n)| n).sum()
    };
    let shown = Shown {
        realm: realm.to_string(),
        city: city.to_string(),
        name,
        is_root,
        districts: count("district", false),
        streets: count("street", false),
        communities: count("community", false),
        programme_streets: count("street", true),
        programme_communities: count("community", true),
    };
    if context.json {
        context.out.json(&shown)?;
        return Ok(Ended::Done);
    }
    let mut table = Table::new([context.say("域", "realm"), &shown.realm]);
    table.row([context.say("城市", "city"), &format!("{} {}", shown.city, shown.name)]);
    table.row([context.say("区县", "districts"), &shown.districts.to_string()]);
    let of = |context: &Context, all: u64, programme: u64| match context.language {
        Language::Chinese => format!("{all}（列入创建 {programme}）"),
        Language::English => format!("{all} ({programme} in the programme)"),
    };
    table.row([context.say("街道", "streets"), &of(context, shown.streets, shown.programme_streets)]);
    let communities = of(context, shown.communities, shown.programme_communities);
    table.row([context.say("社区", "communities"), &communities]);
    table.row([
        context.say("本机", "this device"),
        if is_root { context.say("根", "the root") } else { context.say("设备", "a device") },
    ]);
    context.out.table(&table)?;
    Ok(Ended::Done)
}

/// The name of every unit.
pub fn names(node: &Node) -> Result<std::collections::BTreeMap<String, String>> {
    let rows =
        node.with(|r| r.query("SELECT unit, name FROM unit", [], |row| Ok((row.get(0)?, row.get(1)?))))?;
    Ok(rows.into_iter().collect())
}

/// Refuses a unit that the realm does not have: a slip of the finger would make a grant that nobody uses.
pub fn known(context: &Context, node: &Node, unit: &UnitPath) -> Result<()> {
    node.materialise()?;
    let names = names(node)?;
    if names.is_empty() || names.contains_key(unit.as_str()) {
        return Ok(());
    }
    let message = match context.language {
        Language::Chinese => format!("本域没有单位 {unit}"),
        Language::English => format!("the realm has no unit {unit}"),
    };
    let hint = context.say("`linli ledger unit` 列出单位", "`linli ledger unit` lists the units");
    Err(Refused::new(message).hint(hint).into())
}
