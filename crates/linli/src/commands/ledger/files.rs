//! A page into a file.

use std::path::Path;

use anyhow::{Context as _, Result};
use linli_node::write_whole;
use linli_workbook::{Heading, Page, page_parquet, page_xlsx};
use serde_json::json;

use super::page::tongue;
use crate::{context::Context, language::Language};

pub fn xlsx(context: &mut Context, page: &Page, heading: &Heading, file: &Path) -> Result<()> {
    let bytes = page_xlsx(page, heading, tongue(context.language))
        .with_context(|| context.say("无法生成工作簿", "the workbook cannot be made").to_owned())?;
    written(context, page, file, &bytes)
}

pub fn parquet(context: &mut Context, page: &Page, file: &Path) -> Result<()> {
    let bytes = page_parquet(page).with_context(|| {
        context.say("无法生成 Parquet 文件", "the Parquet file cannot be made").to_owned()
    })?;
    written(context, page, file, &bytes)
}

fn written(context: &mut Context, page: &Page, file: &Path, bytes: &[u8]) -> Result<()> {
    write_whole(&context.path(file), bytes)?;
    let (rows, shown) = (page.rows.len(), file.display());
    if context.json {
        return context.out.json(&json!({"file": file, "rows": rows, "bytes": bytes.len()}));
    }
    context.out.note(&match context.language {
        Language::Chinese => format!("{shown}：{rows} 行"),
        Language::English => format!("{shown}: rows {rows}"),
    });
    Ok(())
}
