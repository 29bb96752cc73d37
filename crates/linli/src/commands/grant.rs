//! `linli grant`: answering a join request that came as a file.

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use linli_log::Rights;
use linli_node::{Terms, export_grant};
use linli_wire::UnitPath;

use super::invite;
use crate::{cli::values, context::Context, failure::Ended, language::Language};

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  \
    linli --data street grant request.linli --unit 3211/02/001/001 --rights clerk --out grant.linli")]
pub struct Arguments {
    /// The file that `linli join --request` wrote
    #[arg(value_name = "REQUEST")]
    request: PathBuf,
    /// The unit that the device is to act for
    #[arg(long, value_parser = values::unit)]
    unit: UnitPath,
    /// What it may do: clerk, hub, auditor, or rights joined by +
    #[arg(long, default_value = "clerk", value_parser = values::rights)]
    rights: Rights,
    /// The last day of the grant; without it until it is revoked
    #[arg(long, value_name = "DATE", value_parser = values::day)]
    until: Option<String>,
    /// What people call the device
    #[arg(long, default_value = "")]
    label: String,
    /// Where to write the grant
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

impl Arguments {
    pub fn run(&self, context: &mut Context) -> Result<Ended> {
        let node = context.node()?;
        super::realm::known(context, &node, &self.unit)?;
        let terms = Terms {
            unit: self.unit.clone(),
            rights: self.rights,
            not_after: self.until.as_deref().map(invite::end_of).transpose()?,
            label: self.label.clone(),
        };
        let device = export_grant(&node, &context.path(&self.request), &terms, &context.path(&self.out))?;
        if context.json {
            let answer = serde_json::json!({
                "device": device.to_string(), "unit": self.unit.to_string(), "rights": self.rights.to_string(),
            });
            context.out.json(&answer)?;
            return Ok(Ended::Done);
        }
        context.out.line(&device.to_string())?;
        let (unit, out) = (&self.unit, self.out.display());
        context.out.note(&match context.language {
            Language::Chinese => {
                format!("已授权上述设备用于 {unit}；请核对设备编号，把 {out} 带回，在那里运行 linli join --grant {out}")
            }
            Language::English => format!(
                "The device above may act for {unit}. Compare its key, bring {out} back and run there: \
                 linli join --grant {out}"
            ),
        });
        Ok(Ended::Done)
    }
}
