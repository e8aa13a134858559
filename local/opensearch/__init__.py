"""OpenSearch with k-NN as one process, from Maven's jars and a launcher of ours."""
