//! The equipment of each site.

use std::collections::BTreeSet;

use anyhow::Result;
use linli_model::codes;
use linli_node::{
    Node,
    plan::{self, Kit},
};
use linli_wire::UnitPath;

use super::meaning;
use crate::{context::Context, language::Language, output::Table};

pub fn show(context: &mut Context, node: &Node, unit: &UnitPath, on: &str) -> Result<()> {
    let equipment = plan::sites(node, unit, on)?;
    if context.json {
        return context.out.json(&equipment);
    }
    let language = context.language;
    let kinds: BTreeSet<&String> = equipment.sites.iter().flat_map(|site| site.kit.keys()).collect();
    let mut headings =
        vec![language.pick("单位", "unit").to_owned(), language.pick("名称", "name").to_owned()];
    headings.extend(kinds.iter().map(|what| meaning(language, &codes::EQUIPMENT, what)));
    let mut table = Table::new(headings);
    for site in &equipment.sites {
        let mut cells = vec![site.unit.clone(), site.name.clone()];
        cells.extend(kinds.iter().map(|what| {
            let told = match site.kit.get(*what) {
                Some(Kit::Working) => language.pick("有", "there"),
                Some(Kit::Broken) => language.pick("故障", "broken"),
                Some(Kit::Missing) => language.pick("缺", "missing"),
                None => "",
            };
            told.to_owned()
        }));
        table.row(cells);
    }
    context.out.table(&table)?;
    for (what, share) in &equipment.working {
        let (count, of, percent) = (share.count, share.of, &share.percent);
        let what = meaning(language, &codes::EQUIPMENT, what);
        context.out.line(&match language {
            Language::Chinese => format!("{what}：应配 {of} 处，正常 {count} 处，占 {percent}%"),
            Language::English => {
                format!("{what}: {count} of the {of} sites that are to have it, {percent}%")
            }
        })?;
    }
    let (count, of) = (equipment.complete.count, equipment.complete.of);
    context.out.line(&match language {
        Language::Chinese => format!("配备齐全 {count}/{of} 处"),
        Language::English => format!("{count} of {of} sites lack nothing"),
    })
}
