#pragma once

#include "ggml-alloc.h"
#include "ggml-backend.h"
#include "ggml.h"
#include "gguf.h"

// The functions of ggml that the engine calls, resolved at run time from the libraries that node-llama-cpp ships
// (libraries.cpp). `gg::mul_mat` is `ggml_mul_mat`, `gguf::find_key` is `gguf_find_key`. Types and signatures come from
// ggml's own headers, so a changed signature is a compile error.

#define LAGOTTO_GGML_FUNCTIONS(X)               \
    X(log_set)                                  \
    X(version)                                  \
    X(init)                                     \
    X(free)                                     \
    X(tensor_overhead)                          \
    X(graph_overhead_custom)                    \
    X(new_graph_custom)                         \
    X(build_forward_expand)                     \
    X(new_tensor)                               \
    X(new_tensor_1d)                            \
    X(new_tensor_2d)                            \
    X(set_name)                                 \
    X(set_input)                                \
    X(set_output)                               \
    X(nbytes)                                   \
    X(nelements)                                \
    X(row_size)                                 \
    X(blck_size)                                \
    X(type_name)                                \
    X(get_type_traits)                          \
    X(quantize_chunk)                           \
    X(add)                                      \
    X(add_inplace)                              \
    X(set_inplace)                              \
    X(acc_inplace)                              \
    X(sub)                                      \
    X(mul)                                      \
    X(div)                                      \
    X(sqr)                                      \
    X(sqrt)                                     \
    X(sum)                                      \
    X(sum_rows)                                 \
    X(scale)                                    \
    X(scale_bias)                               \
    X(mul_mat)                                  \
    X(rms_norm)                                 \
    X(silu)                                     \
    X(silu_back)                                \
    X(swiglu_split)                             \
    X(soft_max_ext)                             \
    X(rope_ext)                                 \
    X(rope_ext_back)                            \
    X(get_rows)                                 \
    X(cast)                                     \
    X(cont)                                     \
    X(cont_2d)                                  \
    X(cpy)                                      \
    X(permute)                                  \
    X(transpose)                                \
    X(reshape_2d)                               \
    X(reshape_3d)                               \
    X(view_1d)                                  \
    X(view_2d)                                  \
    X(view_3d)                                  \
    X(custom_4d)                                \
    X(custom_inplace)                           \
    X(opt_step_adamw)                           \
    X(tallocr_new)                              \
    X(tallocr_alloc)                            \
    X(gallocr_new)                              \
    X(gallocr_free)                             \
    X(gallocr_alloc_graph)                      \
    X(gallocr_get_buffer_size)                  \
    X(gallocr_reserve_n_size)                   \
    X(backend_free)                             \
    X(backend_get_device)                       \
    X(backend_dev_name)                         \
    X(backend_dev_description)                  \
    X(backend_dev_type)                         \
    X(backend_dev_memory)                       \
    X(backend_dev_init)                         \
    X(backend_dev_backend_reg)                  \
    X(backend_reg_get_proc_address)             \
    X(backend_get_default_buffer_type)          \
    X(backend_buft_get_alignment)               \
    X(backend_buft_alloc_buffer)                \
    X(backend_alloc_ctx_tensors_from_buft)      \
    X(backend_alloc_ctx_tensors_from_buft_size) \
    X(backend_buffer_free)                      \
    X(backend_buffer_clear)                     \
    X(backend_buffer_get_size)                  \
    X(backend_tensor_set)                       \
    X(backend_tensor_get)                       \
    X(backend_tensor_memset)                    \
    X(backend_graph_compute)                    \
    X(backend_load_all_from_path)               \
    X(backend_reg_count)                        \
    X(backend_dev_count)                        \
    X(backend_dev_get)

#define LAGOTTO_GGUF_FUNCTIONS(X) \
    X(init_empty)                 \
    X(init_from_file)             \
    X(free)                       \
    X(get_data_offset)            \
    X(find_key)                   \
    X(get_kv_type)                \
    X(get_arr_type)               \
    X(get_arr_n)                  \
    X(get_val_u8)                 \
    X(get_val_i8)                 \
    X(get_val_u16)                \
    X(get_val_i16)                \
    X(get_val_u32)                \
    X(get_val_i32)                \
    X(get_val_u64)                \
    X(get_val_i64)                \
    X(get_val_f32)                \
    X(get_val_f64)                \
    X(get_val_str)                \
    X(get_n_tensors)              \
    X(find_tensor)                \
    X(get_tensor_offset)          \
    X(get_tensor_name)            \
    X(get_tensor_ne)              \
    X(get_tensor_type)            \
    X(get_tensor_size)            \
    X(set_val_str)                \
    X(set_val_u32)                \
    X(set_val_u64)                \
    X(set_val_f32)                \
    X(set_val_f64)                \
    X(set_kv)                     \
    X(add_tensor)                 \
    X(get_meta_size)              \
    X(get_meta_data)

namespace gg {
#define LAGOTTO_DECLARE(name) extern decltype(&::ggml_##name) name;
LAGOTTO_GGML_FUNCTIONS(LAGOTTO_DECLARE)
#undef LAGOTTO_DECLARE
}  // namespace gg

namespace gguf {
#define LAGOTTO_DECLARE(name) extern decltype(&::gguf_##name) name;
LAGOTTO_GGUF_FUNCTIONS(LAGOTTO_DECLARE)
#undef LAGOTTO_DECLARE
}  // namespace gguf
