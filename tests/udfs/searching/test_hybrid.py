from udfs.searching.hybrid import filters_of, fused, words_body


def test_what_both_rankings_know_comes_first():
    assert fused([["a", "b", "c"], ["c", "d"]], 3) == ["c", "a", "b"]


def test_a_ranking_may_be_empty():
    assert fused([[], ["x", "y"]], 1) == ["x"]
    assert fused([[], []], 5) == []


def test_words_are_data_and_no_query():
    hostile = '"} OR title:* {{ "script": 1'
    body = words_body(hostile, filters_of(verdict="bargain", max_price_usd=80))
    assert body["query"]["bool"]["must"] == [{"match": {"title": {"query": hostile}}}]
    assert body["query"]["bool"]["filter"] == [
        {"term": {"verdict": "bargain"}},
        {"range": {"price_usd": {"lte": 80}}},
    ]
