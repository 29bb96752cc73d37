//! Codes about help, checks and publicity: the programme's own lists.

use super::{CodeList, codes};

/// What was given to somebody out of work.
pub static SERVICE: CodeList = CodeList {
    name: "service",
    zh: "就业服务项目",
    en: "employment service",
    source: "programme",
    codes: codes![
        "guidance" "职业指导" "guidance",
        "training_offer" "培训推荐" "training offered",
        "policy" "政策咨询" "advice on policies",
        "other" "其他服务" "other service",
    ],
};

/// What came of a referral.
pub static REFERRAL_RESULT: CodeList = CodeList {
    name: "referral_result",
    zh: "推荐结果",
    en: "result of a referral",
    source: "programme",
    codes: codes![
        "open" "待反馈" "not known yet",
        "placed" "录用" "placed",
        "not_taken" "单位未录用" "not taken by the employer",
        "refused" "本人拒绝" "refused by the person",
    ],
};

/// How far a benefit is.
pub static BENEFIT_STATE: CodeList = CodeList {
    name: "benefit_state",
    zh: "政策办理状态",
    en: "state of a benefit",
    source: "programme",
    codes: codes![
        "applied" "已申请" "applied for",
        "paid" "已享受" "paid",
        "refused" "不予办理" "refused",
        "waived" "本人放弃" "waived",
    ],
};

/// Where something was put up.
pub static BOARD: CodeList = CodeList {
    name: "board",
    zh: "发布栏",
    en: "board",
    source: "programme",
    codes: codes![
        "policy" "政策宣传栏" "policy board",
        "jobs" "岗位信息栏" "job board",
        "display" "电子显示屏" "electronic display",
    ],
};

/// Equipment of an office.
pub static EQUIPMENT: CodeList = CodeList {
    name: "equipment",
    zh: "设备类别",
    en: "equipment",
    source: "programme",
    codes: codes![
        "computer" "计算机" "computer",
        "printer" "打印机" "printer",
        "display" "电子显示屏" "electronic display",
        "sign" "统一标牌" "uniform sign",
        "board" "宣传栏" "board",
    ],
};

/// How data were exchanged.
pub static EXCHANGE_MEANS: CodeList = CodeList {
    name: "exchange_means",
    zh: "交换方式",
    en: "means of exchange",
    source: "programme",
    codes: codes![
        "link" "联网" "by link",
        "bundle" "介质" "by bundle",
    ],
};

/// What somebody said about a unit.
pub static COMPLAINT_KIND: CodeList = CodeList {
    name: "complaint_kind",
    zh: "投诉评议类别",
    en: "kind of complaint",
    source: "programme",
    codes: codes![
        "complaint" "投诉" "complaint",
        "assessment" "评议" "public assessment",
    ],
};

/// What came of a complaint.
pub static COMPLAINT_RESULT: CodeList = CodeList {
    name: "complaint_result",
    zh: "投诉处理结果",
    en: "result of a complaint",
    source: "programme",
    codes: codes![
        "open" "办理中" "open",
        "upheld" "属实" "upheld",
        "rejected" "不属实" "not upheld",
    ],
};

/// Kinds of publicity.
pub static PUBLICITY_KIND: CodeList = CodeList {
    name: "publicity_kind",
    zh: "宣传类别",
    en: "kind of publicity",
    source: "programme",
    codes: codes![
        "exemplar" "就业创业典型" "exemplar",
        "campaign" "政策宣传活动" "campaign",
        "article" "信息稿件" "published item",
    ],
};

/// Forms that a unit returns.
pub static RETURN_FORM: CodeList = CodeList {
    name: "return_form",
    zh: "报表种类",
    en: "form of a return",
    source: "programme",
    codes: codes![
        "monthly" "月报" "monthly return",
        "register" "街道总册" "street register",
    ],
};

/// Kinds of paper.
pub static PAPER_KIND: CodeList = CodeList {
    name: "paper_kind",
    zh: "文种",
    en: "kind of paper",
    source: "programme",
    codes: codes![
        "plan" "实施方案" "plan",
        "notice" "通知" "notice",
        "rules" "实施细则" "rules",
        "process" "工作流程" "process",
        "promise" "服务承诺" "service promise",
    ],
};

/// What a target counts.
pub static TARGET: CodeList = CodeList {
    name: "target",
    zh: "目标指标",
    en: "what a target counts",
    source: "programme",
    codes: codes![
        "communities" "充分就业社区数" "communities recognised",
        "streets" "充分就业街道数" "streets recognised",
        "reemployed" "再就业人数" "people re-employed",
        "hardship" "困难人员再就业人数" "people in hardship re-employed",
        "trained" "培训人数" "people trained",
        "cards" "建卡户数" "household cards opened",
    ],
};

/// How a move was answered.
pub static MOVE_DECISION: CodeList = CodeList {
    name: "move_decision",
    zh: "迁移答复",
    en: "answer to a move",
    source: "programme",
    codes: codes![
        "accepted" "同意迁入" "accepted",
        "refused" "不同意迁入" "refused",
        "withdrawn" "撤回" "withdrawn by the sender",
    ],
};

/// What a ledger lists a family for.
pub static FAMILY_KIND: CodeList = CodeList {
    name: "family_kind",
    zh: "家庭类别",
    en: "kind of family",
    source: "programme",
    codes: codes![
        "zero" "零就业家庭" "zero-employment family",
        "both_out" "双下岗双失业家庭" "both spouses out of work",
    ],
};

/// What the ledger of complaints and surveys lists.
pub static OPINION_KIND: CodeList = CodeList {
    name: "opinion_kind",
    zh: "投诉评议调查类别",
    en: "kind of complaint or survey",
    source: "programme",
    codes: codes![
        "complaint" "投诉" "complaint",
        "assessment" "评议" "public assessment",
        "survey" "满意度调查" "residents' survey",
    ],
};
