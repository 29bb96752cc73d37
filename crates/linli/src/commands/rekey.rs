//! `linli rekey`: another key for this device.

use anyhow::Result;
use clap::Args;
use linli_node::replace_key;

use crate::{context::Context, failure::Ended, language::Language};

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  linli --data clerk rekey\n\n\
    The device sends everything to its hub, which then grants another key what this one has, with the same name, and revokes this one; \
    nothing loses its effect. The hub has to be the one that granted the device, or one that may. Interrupted, it is finished by \
    calling it again. Bundles that were encrypted to the former key cannot be read any more. If the key may be in wrong hands, have it \
    revoked at the hub and join with a new directory instead.")]
pub struct Arguments {}

impl Arguments {
    #[allow(clippy::unused_self, reason = "every command runs so")]
    pub fn run(&self, context: &mut Context) -> Result<Ended> {
        let node = context.node()?;
        let former = node.device();
        let device = context.block_on(replace_key(&node))?;
        if context.json {
            context
                .out
                .json(&serde_json::json!({"device": device.to_string(), "former": former.to_string()}))?;
            return Ok(Ended::Done);
        }
        context.out.line(&match context.language {
            Language::Chinese => format!("本机密钥已更换：{device}（原密钥 {} 已吊销）", former.short()),
            Language::English => {
                format!("this device has another key: {device} (the former, {}, is revoked)", former.short())
            }
        })?;
        Ok(Ended::Done)
    }
}
