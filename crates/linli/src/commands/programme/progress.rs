//! Units by the dated facts of their road.

use anyhow::Result;
use linli_node::{
    Node,
    programme::{Goal, Programme, Progress, Share, programme},
};
use linli_wire::UnitPath;

use crate::{context::Context, language::Language, output::Table};

pub fn show(context: &mut Context, node: &Node, unit: &UnitPath, year: i64, on: &str) -> Result<()> {
    let programme = programme(node, unit, year, on)?;
    if context.json {
        return context.out.json(&programme);
    }
    let language = context.language;
    context.out.line(&match language {
        Language::Chinese => format!("{year} 年度，截至 {on}"),
        Language::English => format!("{year}, at the end of {on}"),
    })?;
    context.out.table(&table(language, &programme))?;
    let people = &programme.people;
    context.out.line(&match language {
        Language::Chinese => format!(
            "本期再就业 {} 人，有记录以来 {} 人；双下岗双失业家庭：本期 {} 户，期末 {} 户",
            people.re_employed, people.re_employed_in_all, people.both_out.in_period, people.both_out.at_end
        ),
        Language::English => format!(
            "{} people re-employed in the period, {} in all that is on record; families with both spouses out of \
             work: {} in the period, {} at its end",
            people.re_employed, people.re_employed_in_all, people.both_out.in_period, people.both_out.at_end
        ),
    })?;
    let Programme { communities, streets, .. } = &programme;
    let goals = [
        (communities.this_year.as_ref(), "本年度申报社区", "communities declared this year"),
        (Some(&communities.in_all), "三年认定社区", "communities recognised within the years"),
        (Some(&streets.in_all), "三年认定街道", "streets recognised within the years"),
    ];
    for (goal, zh, en) in goals {
        let Some(Goal { share, percent, needed, reached }) = goal else { continue };
        let (count, of) = (share.count, share.of);
        context.out.line(&match (language, reached) {
            (Language::Chinese, true) => format!("{zh}：{count}/{of}，已达目标 {percent}%（{needed} 个）"),
            (Language::Chinese, false) => format!("{zh}：{count}/{of}，目标 {percent}%（{needed} 个），未达"),
            (Language::English, true) => {
                format!("{en}: {count} of {of}, the goal of {percent}% ({needed}) is reached")
            }
            (Language::English, false) => {
                format!("{en}: {count} of {of}, the goal is {percent}% ({needed}), not reached")
            }
        })?;
    }
    Ok(())
}

/// A fact of the road: its name in both languages, and how many units have it.
type Fact = (&'static str, &'static str, fn(&Progress) -> &Share);

fn table(language: Language, programme: &Programme) -> Table {
    let headings =
        [("", ""), ("社区", "communities"), ("占比", "share"), ("街道", "streets"), ("占比", "share")];
    let mut table = Table::new(headings.map(|(zh, en)| language.pick(zh, en))).right(&[1, 2, 3, 4]);
    let Programme { communities, streets, .. } = programme;
    let [in_communities, in_streets] = [communities, streets].map(|level| level.in_programme.to_string());
    table.row([language.pick("列入创建", "in the programme"), &in_communities, "", &in_streets, ""]);
    let facts: [Fact; 6] = [
        ("申报", "declared", |level| &level.declared),
        ("补报", "declared late", |level| &level.declared_late),
        ("检查评估", "inspected", |level| &level.inspected),
        ("达标", "met", |level| &level.met),
        ("公示", "published", |level| &level.published),
        ("认定", "recognised", |level| &level.recognised),
    ];
    let percent = |share: &Share| match share.of {
        0 => String::new(),
        _ => format!("{}%", share.percent),
    };
    for (zh, en, fact) in facts {
        let mut cells = vec![language.pick(zh, en).to_owned()];
        for share in [fact(communities), fact(streets)] {
            cells.extend([share.count.to_string(), percent(share)]);
        }
        table.row(cells);
    }
    table
}
