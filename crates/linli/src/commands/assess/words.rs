//! Standings, steps and refusals in words.

use linli_eval::road::{Refusal, Road, Standing, Step};
use linli_model::codes;
use linli_wire::Level;

use crate::language::Language;

/// Where a unit stands. What was never recognised has no recognition that could end.
pub fn stands(language: Language, road: &Road) -> &'static str {
    if road.standing == Standing::Ended && road.recognised.is_none() {
        return language
            .pick("因弄虚作假取消申报，未曾认定", "struck off for falsification, never recognised");
    }
    standing(language, road.standing)
}

/// The step after which a unit stands there.
pub fn taken(language: Language, step: Step, road: &Road) -> &'static str {
    if step == Step::Withdrawal && road.recognised.is_none() {
        return language.pick("取消申报", "striking off");
    }
    self::step(language, step)
}

fn standing(language: Language, standing: Standing) -> &'static str {
    let (zh, en) = match standing {
        Standing::NotDeclared => ("未申报", "not declared"),
        Standing::Declared => ("已申报，待初审", "declared"),
        Standing::Returned => ("退回补正", "returned for correction"),
        Standing::ReviewRefused => ("初审不通过", "refused at first review"),
        Standing::Reviewed => ("初审通过，待检查", "first review passed"),
        Standing::CheckRefused => ("检查不通过", "refused at the check"),
        Standing::Checked => ("检查通过，待评估", "checked"),
        Standing::Undeclared => ("已撤回申报", "declaration withdrawn"),
        Standing::DoesNotMeet => ("未达标", "does not meet"),
        Standing::MetNotRecognised => ("达标未认定", "met, not recognised"),
        Standing::Met => ("达标，待公示", "met"),
        Standing::Published => ("公示中或待认定", "published"),
        Standing::Held => ("异议处理中", "held for an objection"),
        Standing::ObjectionUpheld => ("异议成立", "objection upheld"),
        Standing::NotRecognised => ("不予认定", "not recognised"),
        Standing::Recognised => ("已认定", "recognised"),
        Standing::Failing => ("复查不合格", "re-check failed"),
        Standing::Mending => ("限期整改", "ordered to mend"),
        Standing::Ended => ("已摘牌", "recognition ended"),
    };
    language.pick(zh, en)
}

pub fn step(language: Language, step: Step) -> &'static str {
    let code = codes::ROAD_STEP.get(step.code());
    code.map_or(step.code(), |code| language.pick(code.zh, code.en))
}

pub fn level(language: Language, level: Level) -> &'static str {
    let (zh, en) = match level {
        Level::City => ("市", "city"),
        Level::District => ("区县", "district"),
        Level::Street => ("街道", "street"),
        Level::Community => ("社区", "community"),
    };
    language.pick(zh, en)
}

pub fn refusal(language: Language, refusal: Refusal) -> String {
    let chinese = language == Language::Chinese;
    match refusal {
        Refusal::NotNow(at) if chinese => format!("该单位目前为“{}”，还不能办这一步", standing(language, at)),
        Refusal::NotNow(at) => {
            format!("the unit stands at `{}`, where this step does not follow", standing(language, at))
        }
        Refusal::NotYours(by) if chinese => format!("这一步应由{}办理", level(language, by)),
        Refusal::NotYours(by) => format!("this step is for the {}", level(language, by)),
        Refusal::NoSuchVerdict => {
            language.pick("这一步没有这种结果", "this step has no such result").to_owned()
        }
        Refusal::TooEarly(until) if chinese => format!("{until} 之后方可办理"),
        Refusal::TooEarly(until) => format!("not before {until} is over"),
        Refusal::TooLate(until) if chinese => format!("期限已于 {until} 届满"),
        Refusal::TooLate(until) => format!("the time for it ended on {until}"),
        Refusal::NothingToAnswer => language
            .pick(
                "所针对的申报、异议或申诉不存在，或已办结",
                "what it is about is not there, or is dealt with",
            )
            .to_owned(),
        Refusal::Held => language.pick("尚有异议未办结", "an objection is open").to_owned(),
        Refusal::TooShort(least) if chinese => format!("公示不得少于 {least} 个工作日"),
        Refusal::TooShort(least) => format!("a publication lasts {least} working days at least"),
        Refusal::OtherScore => {
            language.pick("评分与检查评估所记的不同", "the score is not the one of the inspection").to_owned()
        }
        Refusal::Barred(until) if chinese => format!("因弄虚作假，{until} 之前不得申报"),
        Refusal::Barred(until) => format!("barred until {until} for falsification"),
        Refusal::Altered => language.pick("作出后又被改动", "it was changed after it was made").to_owned(),
    }
}
