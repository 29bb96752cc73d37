//! `linli assess sample`: drawing whom an inspector looks at.

use anyhow::Result;
use clap::Args;
use linli_eval::road::draw;
use linli_model::{Edit, Value, kind};
use linli_node::road;
use linli_store::DocumentEdits;
use linli_wire::{Channel, Space, UnitPath};
use serde_json::json;

use crate::{
    cli::values,
    context::{Context, own_unit},
    documents,
    failure::Refused,
    language::Language,
};

#[derive(Debug, Args)]
pub struct Sample {
    /// The community whose people are drawn
    #[arg(long, value_parser = values::unit)]
    unit: UnitPath,
    /// The item: C06, or S06 for the street's sample
    #[arg(long)]
    item: String,
    /// The seed; without it a random one
    #[arg(long)]
    seed: Option<String>,
    /// How many; without it as the programme says
    #[arg(long)]
    size: Option<usize>,
    /// The day of the paper
    #[arg(long, value_name = "DATE", default_value = "today", value_parser = values::day)]
    day: String,
    /// Who inspects
    #[arg(long)]
    by: Option<String>,
    /// Show who is drawn and record nothing
    #[arg(long)]
    show: bool,
}

impl Sample {
    pub fn run(&self, context: &mut Context) -> Result<()> {
        let node = context.node()?;
        super::super::realm::known(context, &node, &self.unit)?;
        let (rules, _) = road::rules()?;
        let Some(usual) = rules.sample_size(&self.item) else {
            let known: Vec<&str> = rules.sampled_items().collect();
            let message = match context.language {
                Language::Chinese => format!("项目 {} 不抽样；抽样的有：{}", self.item, known.join("、")),
                Language::English => {
                    format!("item {} is not sampled; these are: {}", self.item, known.join(", "))
                }
            };
            return Err(Refused::new(message).into());
        };
        let own = own_unit(&node)?;
        if !self.show && !own.is_above(&self.unit) {
            let message = match context.language {
                Language::Chinese => format!("{own} 不在 {} 之上：任何单位都不得检查自己", self.unit),
                Language::English => {
                    format!("{own} is not above {}: nobody inspects their own unit", self.unit)
                }
            };
            let hint = context.say("用 --show 可照样重抽", "with --show anybody can draw the same again");
            return Err(Refused::new(message).hint(hint).into());
        }
        let seed = match &self.seed {
            Some(seed) => seed.clone(),
            None => documents::random_id()?.to_string(),
        };
        node.materialise()?;
        let frame: Vec<String> = node.with(|r| {
            r.query(
                "SELECT p.doc FROM person p WHERE p.unit = ?1 AND EXISTS \
                 (SELECT 1 FROM member m WHERE m.unit = p.unit AND m.person = p.doc)",
                [self.unit.as_str()],
                |row| row.get(0),
            )
        })?;
        let drawn = draw(&seed, frame, self.size.unwrap_or(usual));
        let mut document = None;
        if !self.show {
            let number = |field, value: usize| -> Result<Edit> {
                Ok(Edit::document(field, Some(Value::Int(i64::try_from(value)?))))
            };
            let mut edits = vec![number("frame", drawn.frame)?, number("size", drawn.subjects.len())?];
            edits.extend(super::score::texts(&[
                ("item", &self.item),
                ("seed", &seed),
                ("frame_digest", &drawn.frame_digest.to_string()),
                ("day", &self.day),
                ("drawn_by", self.by.as_deref().unwrap_or_default()),
            ]));
            // Nothing was compared of anybody yet.
            edits.extend(
                drawn
                    .subjects
                    .iter()
                    .map(|subject| Edit::item("subjects", subject, "compared", Some(Value::Int(0)))),
            );
            let id = documents::random_id()?;
            let space = Space::new(self.unit.clone(), Channel::Oversight);
            documents::write(context, &node, &space, &[DocumentEdits { id, kind: &kind::SAMPLE, edits }])?;
            document = Some(id.to_string());
        }
        if context.json {
            return context.out.json(&json!({"unit": self.unit.to_string(), "item": self.item, "seed": seed,
                "frame": drawn.frame, "frame_digest": drawn.frame_digest.to_string(),
                "size": drawn.subjects.len(), "subjects": drawn.subjects, "document": document}));
        }
        for subject in &drawn.subjects {
            context.out.line(subject)?;
        }
        let (frame, size) = (drawn.frame, drawn.subjects.len());
        context.out.note(&match context.language {
            Language::Chinese => format!("种子 {seed}，自 {frame} 人中抽取 {size} 人"),
            Language::English => format!("by the seed {seed}, {size} of {frame} people were drawn"),
        });
        Ok(())
    }
}
