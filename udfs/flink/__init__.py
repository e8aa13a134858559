"""The thin shells that Flink calls: vectorised functions over the pure rules of udfs/.

Each is a `func_type="pandas"` function: Series or a DataFrame of one Arrow batch in, as many
rows out. Sessions, clients and readers are made in `open()`, once a subtask. This is the one
package of udfs/ that imports pyflink.
"""
